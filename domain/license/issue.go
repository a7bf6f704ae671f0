package license

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

const (
	licenseeMax     = 200
	seatsMax        = 1_000_000
	instancesMax    = 1_000
	heartbeatTTLMin = 30
	heartbeatTTLMax = 30 * 24 * 3600
	fileTTLDaysMax  = 365
	graceDaysMax    = 60

	fileTTLDaysDefault = 30
)

// GraceDaysDefault is for how long a file is accepted, and a billed license lasts, beyond its time.
const GraceDaysDefault = 14

// Issue makes a license. Licensee, Product and Seats are required; the caller has checked what Product, Price and Features are. With
// a price it is a subscription of the workspace, which has the seats and, with GraceDays behind it, the end.
type Issue struct {
	ID            string
	KeyID         string
	Licensee      string
	Product       string
	Seats         int64
	Workspace     *string
	Subscription  *string
	Price         *string
	ExpiresAt     *time.Time
	Expiry        *Expiry
	Features      map[string]json.RawMessage
	MaxInstances  *int64
	DeadInstances *DeadInstances
	HeartbeatTTL  *int64 // seconds; nil: instances never die
	FileTTLDays   *int64
	GraceDays     *int64
}

// Issued makes a license.
type Issued struct {
	ID            string                     `json:"id"`
	KeyID         string                     `json:"key_id"` // the part of its key that is no secret
	Licensee      string                     `json:"licensee"`
	Product       string                     `json:"product"`
	Seats         int64                      `json:"seats"`
	Workspace     *string                    `json:"workspace"`    // of the same ledger, whose plan it is
	Subscription  *string                    `json:"subscription"` // of the workspace, which the license is
	Price         *string                    `json:"price"`
	IssuedAt      time.Time                  `json:"issued_at"`
	ExpiresAt     *time.Time                 `json:"expires_at"`
	Expiry        Expiry                     `json:"expiry"`
	Features      map[string]json.RawMessage `json:"features"` // laid over the product's
	MaxInstances  int64                      `json:"max_instances"`
	DeadInstances DeadInstances              `json:"dead_instances"`
	HeartbeatTTL  *int64                     `json:"heartbeat_ttl"`
	FileTTLDays   int64                      `json:"file_ttl_days"`
	GraceDays     int64                      `json:"grace_days"`
}

// EventType gives the stored name.
func (Issued) EventType() string { return "license.issued.v1" }

func (e Issued) evolve(State) State { return State{Issued: e, Sequence: 1} }

// decide refuses with its fields: licensee_invalid, name_invalid, seats_out_of_range, expires_at_invalid, expiry_invalid, max_instances_invalid,
// dead_instances_invalid, heartbeat_ttl_invalid, file_ttl_days_invalid, grace_days_invalid.
func (c Issue) decide(_ State, meta domain.Meta) ([]Fact, error) {
	e := Issued{
		ID: c.ID, KeyID: c.KeyID, Licensee: c.Licensee, Product: c.Product, Seats: c.Seats, Workspace: c.Workspace, Subscription: c.Subscription,
		Price: c.Price, IssuedAt: meta.Now, ExpiresAt: c.ExpiresAt, Expiry: domain.Or(c.Expiry, ExpiryRestrict), Features: c.Features, MaxInstances: domain.Or(c.MaxInstances, 1),
		DeadInstances: domain.Or(c.DeadInstances, DeadKeep), HeartbeatTTL: c.HeartbeatTTL,
		FileTTLDays: domain.Or(c.FileTTLDays, fileTTLDaysDefault), GraceDays: domain.Or(c.GraceDays, GraceDaysDefault),
	}
	if e.Features == nil {
		e.Features = map[string]json.RawMessage{}
	}
	var check domain.Check
	check.Require(domain.IsLine(e.Licensee, licenseeMax), "/licensee", "licensee_invalid",
		"licensee must be one line of at most %d characters, and not blank", licenseeMax)
	check.Name("/product", e.Product)
	if e.Workspace != nil {
		check.Name("/workspace", *e.Workspace)
	}
	checkSeats(&check, e.Seats)
	if e.Subscription == nil {
		checkExpiresAt(&check, e.ExpiresAt, meta.Now)
	}
	check.Require(slices.Contains(Expiries, e.Expiry), "/expiry", "expiry_invalid", "expiry must be restrict or maintain")
	between(&check, "/max_instances", "max_instances_invalid", e.MaxInstances, 1, instancesMax)
	check.Require(slices.Contains(DeadInstancesAll, e.DeadInstances), "/dead_instances", "dead_instances_invalid", "dead_instances must be keep or release")
	if e.HeartbeatTTL != nil {
		between(&check, "/heartbeat_ttl", "heartbeat_ttl_invalid", *e.HeartbeatTTL, heartbeatTTLMin, heartbeatTTLMax)
	}
	between(&check, "/file_ttl_days", "file_ttl_days_invalid", e.FileTTLDays, 1, fileTTLDaysMax)
	between(&check, "/grace_days", "grace_days_invalid", e.GraceDays, 0, graceDaysMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	return []Fact{e}, nil
}

func between(check *domain.Check, pointer, code string, value, low, high int64) {
	check.Require(value >= low && value <= high, pointer, code, "%s must be %d to %d", pointer[1:], low, high)
}

// CheckSeats refuses with seats_out_of_range a number of seats that no license has.
func CheckSeats(seats int64) error {
	var check domain.Check
	checkSeats(&check, seats)
	return check.Rejection()
}

func checkSeats(check *domain.Check, seats int64) {
	between(check, "/seats", "seats_out_of_range", seats, 1, seatsMax)
}

func checkExpiresAt(check *domain.Check, at *time.Time, now time.Time) {
	check.Require(at == nil || at.After(now), "/expires_at", "expires_at_invalid", "expires_at must be in the future")
}
