package licenses

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/heartbeat"
	"github.com/tallystick/tallystick/projections"
)

// issueLicenseBody is the body of POST /v1/licenses.
type issueLicenseBody struct {
	Licensee      string                       `json:"licensee" minLength:"1" maxLength:"200" example:"Acme Ltd"`
	Product       string                       `json:"product" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro"`
	Seats         int64                        `json:"seats" minimum:"1" maximum:"1000000" example:"50"`
	Workspace     *string                      `json:"workspace,omitempty" null:"unset" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Whose plan it is. It has no other."`
	ExpiresAt     *time.Time                   `json:"expires_at,omitempty" null:"unset" doc:"It does not by itself where it is null. With a price the periods say it."`
	Expiry        *license.Expiry              `json:"expiry,omitempty" default:"restrict" doc:"restrict lets nobody use it then; maintain lets installations go on with what they have."`
	Features      map[string]view.FeatureValue `json:"features,omitempty" example:"{\"sso\":true}" doc:"Laid over the product's."`
	MaxInstances  *int64                       `json:"max_instances,omitempty" default:"1" minimum:"1" maximum:"1000"`
	DeadInstances *license.DeadInstances       `json:"dead_instances,omitempty" default:"keep" doc:"Whether an instance that died keeps its place."`
	HeartbeatTTL  *int64                       `json:"heartbeat_ttl,omitempty" null:"unset" minimum:"30" maximum:"2592000" doc:"Seconds; an instance is dead 30 s after as many without a heartbeat. It never is where it is null."`
	FileTTLDays   *int64                       `json:"file_ttl_days,omitempty" default:"30" minimum:"1" maximum:"365"`
	GraceDays     *int64                       `json:"grace_days,omitempty" default:"14" minimum:"0" maximum:"60" doc:"For how long a file is accepted beyond its end. A billed license ends so long after its paid period."`
	Price         *string                      `json:"price,omitempty" null:"unset" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Of the product: the license is a subscription of the workspace then."`
	Collection    *subscription.Collection     `json:"collection,omitempty" default:"send_invoice" doc:"Of that subscription."`
}

// licenseView shows a license.
type licenseView struct {
	ID               string                       `json:"id"`
	Licensee         string                       `json:"licensee"`
	Product          string                       `json:"product"`
	Seats            int64                        `json:"seats"`
	Workspace        *string                      `json:"workspace"`
	Subscription     *string                      `json:"subscription" doc:"That it is; null where it has no price."`
	Price            *string                      `json:"price"`
	Status           license.Status               `json:"status" doc:"The first that holds. expiring is under 14 days before the end, inactive without an instance."`
	IssuedAt         time.Time                    `json:"issued_at"`
	ExpiresAt        *time.Time                   `json:"expires_at"`
	Expiry           license.Expiry               `json:"expiry"`
	Features         map[string]view.FeatureValue `json:"features" example:"{\"sso\":true}" doc:"Laid over the product's."`
	MaxInstances     int64                        `json:"max_instances"`
	Instances        int64                        `json:"instances" doc:"How many use it, dead ones too."`
	DeadInstances    license.DeadInstances        `json:"dead_instances"`
	HeartbeatTTL     *int64                       `json:"heartbeat_ttl"`
	FileTTLDays      int64                        `json:"file_ttl_days"`
	GraceDays        int64                        `json:"grace_days"`
	Sequence         int64                        `json:"sequence" doc:"Rises with each change of what installations may do: a file with a lower one is old."`
	KeyHint          string                       `json:"key_hint" doc:"The key without its secret."`
	Version          int64                        `json:"version" doc:"The number in the ETag."`
	AvailableActions []endpoint.Action            `json:"available_actions"`
}

func viewLicense(s license.State, version int64, now time.Time) licenseView {
	shown := licenseView{
		ID: s.ID, Licensee: s.Licensee, Product: s.Product, Seats: s.Seats, Workspace: s.Workspace, Subscription: s.Subscription, Price: s.Price,
		Status: s.Status(now), IssuedAt: s.IssuedAt.UTC(), ExpiresAt: view.InUTC(s.ExpiresAt), Expiry: s.Expiry, Features: map[string]view.FeatureValue{},
		MaxInstances: s.MaxInstances, Instances: int64(len(s.Instances)), DeadInstances: s.DeadInstances, HeartbeatTTL: s.HeartbeatTTL,
		FileTTLDays: s.FileTTLDays, GraceDays: s.GraceDays, Sequence: s.Sequence, KeyHint: access.LicenseKeyHint(s.KeyID), Version: version,
		AvailableActions: endpoint.ActionsOf(s.Actions()),
	}
	for key, value := range s.Features {
		shown.Features[key] = view.FeatureValue(value)
	}
	return shown
}

// licenseAnswer answers the commands on a license.
type licenseAnswer struct {
	License licenseView   `json:"license"`
	Invoice *string       `json:"invoice" doc:"The id of the invoice that the command made; null for none."`
	Payment *view.Payment `json:"payment" doc:"The one that a gateway was asked for; null where none was."`
}

func viewChanged(l command.License) licenseAnswer {
	shown := licenseAnswer{License: viewLicense(l.State, l.Version, l.Now), Invoice: l.Invoice}
	if p := l.Payment; p != nil {
		shown.Payment = new(view.PaymentOf(p.State, p.Version, money.Zero(p.State.Currency), p.Now))
	}
	return shown
}

// keyedLicenseAnswer answers what makes a key.
type keyedLicenseAnswer struct {
	licenseAnswer

	Key *string `json:"key" doc:"For the license's installations. It is shown here alone: a repeat answers null."`
}

func viewKeyed(l command.License, key string) keyedLicenseAnswer {
	return keyedLicenseAnswer{licenseAnswer: viewChanged(l), Key: endpoint.OrNull(key)}
}

// newBilling makes the ids of what a command may bring about.
func newBilling() subscription.Billing {
	return subscription.Billing{Change: endpoint.NewID(), Invoice: endpoint.NewID()}
}

// draw draws a key of a license.
func (s Services) draw(c *endpoint.Call, id string) (access.LicenseKey, endpoint.Secret) {
	key := access.NewLicenseKey()
	return key, endpoint.Secret{
		Text:   key.String(),
		Keep:   func(ctx context.Context) error { return key.Keep(ctx, s.Pool, c.Ledger.ID, id) },
		Forget: func(ctx context.Context) error { return key.Forget(ctx, s.Pool) },
	}
}

func (s Services) issue(c *endpoint.Call, b issueLicenseBody) (command.Command[command.License], endpoint.Secret, error) {
	id := endpoint.NewID()
	key, secret := s.draw(c, id)
	return command.IssueLicense(license.Issue{
		ID: id, KeyID: key.ID, Licensee: b.Licensee, Product: b.Product, Seats: b.Seats, Workspace: b.Workspace, Price: b.Price, ExpiresAt: b.ExpiresAt,
		Expiry: b.Expiry, Features: valuesOf(b.Features), MaxInstances: b.MaxInstances, DeadInstances: b.DeadInstances, HeartbeatTTL: b.HeartbeatTTL,
		FileTTLDays: b.FileTTLDays, GraceDays: b.GraceDays,
	}, subscription.Create{
		Billing: newBilling(), ID: endpoint.NewID(), Collection: domain.Or(b.Collection, subscription.CollectionSendInvoice),
	}), secret, nil
}

func valuesOf(given map[string]view.FeatureValue) map[string]json.RawMessage {
	values := make(map[string]json.RawMessage, len(given))
	for key, value := range given {
		values[key] = json.RawMessage(value)
	}
	return values
}

func (s Services) rotateKey(c *endpoint.Call, _ endpoint.NoBody) (command.Command[command.License], endpoint.Secret, error) {
	key, secret := s.draw(c, c.Name("license"))
	return command.RotateLicenseKey(c.Name("license"), key.ID), secret, nil
}

// licenseSeatsBody is the body of POST …/seats.
type licenseSeatsBody struct {
	Seats int64 `json:"seats" minimum:"1" maximum:"1000000" example:"60" doc:"The new total."`
}

func changeSeats(c *endpoint.Call, b licenseSeatsBody) command.Command[command.License] {
	return command.ChangeLicenseSeats(c.Name("license"), b.Seats, newBilling())
}

func (s Services) removeUnusedSeats(c *endpoint.Call) command.Command[command.License] {
	id := c.Name("license")
	seen, err := heartbeat.Seen(c.Context(), s.Pool, c.Ledger.ID, id)
	if err != nil {
		return command.Refuse[command.License](license.Stream(id), err)
	}
	return command.RemoveUnusedLicenseSeats(id, seen, newBilling())
}

func previewSeats(c *endpoint.Call, b licenseSeatsBody) command.Command[command.Preview] {
	return command.PreviewLicenseSeats(c.Name("license"), b.Seats, subscription.Proposal{Billing: subscription.Billing{Change: endpoint.NewID()}})
}

// licenseFeaturesBody is the body of POST …/features.
type licenseFeaturesBody struct {
	Features map[string]view.FeatureValue `json:"features" example:"{\"sso\":true}" doc:"All that are laid over the product's."`
}

func changeFeatures(c *endpoint.Call, b licenseFeaturesBody) command.Command[command.License] {
	return command.ChangeLicenseFeatures(c.Name("license"), valuesOf(b.Features))
}

// licenseReasonBody is the body of what has a reason.
type licenseReasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" example:"The contract ended"`
}

func suspend(c *endpoint.Call, b licenseReasonBody) command.Command[command.License] {
	return command.ChangeLicense(c.Name("license"), license.Suspend{Reason: b.Reason})
}

func reinstate(c *endpoint.Call) command.Command[command.License] {
	return command.ChangeLicense(c.Name("license"), license.Reinstate{})
}

func revoke(c *endpoint.Call, b licenseReasonBody) command.Command[command.License] {
	return command.RevokeLicense(c.Name("license"), b.Reason, newBilling())
}

// renewLicenseBody is the body of POST …/renew.
type renewLicenseBody struct {
	ExpiresAt *time.Time `json:"expires_at" doc:"null is for good."`
}

func renew(c *endpoint.Call, b renewLicenseBody) command.Command[command.License] {
	return command.ChangeLicense(c.Name("license"), license.Renew{ExpiresAt: b.ExpiresAt})
}

func get(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (licenseView, error) {
	found, err := find(ctx, tx, c)
	if err != nil {
		return licenseView{}, err
	}
	c.SetVersion(found.Version)
	return viewLicense(found.State, found.Version, c.Now()), nil
}

// find finds the path's license.
func find(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.License, error) {
	found, ok, err := projections.FindLicense(ctx, tx, c.Ledger.ID, c.Name("license"))
	if err == nil && !ok {
		err = license.NotFound()
	}
	return found, err
}

func list(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[licenseView], error) {
	filter := projections.LicenseFilter{Workspace: c.Parameter("workspace"), Status: license.Status(c.Parameter("status"))}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.License, error) {
		return projections.ListLicenses(ctx, tx, c.Ledger.ID, filter, c.Now(), after, limit)
	}, func(l projections.License) int64 { return l.Issued }, func(l projections.License) licenseView {
		return viewLicense(l.State, l.Version, c.Now())
	})
}
