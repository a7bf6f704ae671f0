package trial

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("trial", Evolve,
	Started{},
	PriceChanged{},
	Extended{},
	Reminded{},
	Ended{},
)

// Status is where a trial is.
type Status string

const (
	StatusActive    Status = "active"
	StatusConverted Status = "converted" // it became paid
	StatusExpired   Status = "expired"   // its time was up
	StatusCanceled  Status = "canceled"  // on request
)

// Started: the workspace's one trial of the family.
type Started struct {
	Family       string    `json:"family"`
	Subscription string    `json:"subscription"`
	Price        string    `json:"price"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
}

// EventType is the stored name.
func (Started) EventType() string { return "trial.started.v1" }

// PriceChanged: another plan of the family is tried.
type PriceChanged struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// EventType is the stored name.
func (PriceChanged) EventType() string { return "trial.price_changed.v1" }

// Extended: it ends later.
type Extended struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Reason string    `json:"reason"`
}

// EventType is the stored name.
func (Extended) EventType() string { return "trial.extended.v1" }

// Reminded: the end is near, and somebody should know.
type Reminded struct {
	End time.Time `json:"end"`
}

// EventType is the stored name.
func (Reminded) EventType() string { return "trial.reminded.v1" }

// Ended says how.
type Ended struct {
	Status  Status    `json:"status"`
	EndedAt time.Time `json:"ended_at"`
}

// EventType is the stored name.
func (Ended) EventType() string { return "trial.ended.v1" }
