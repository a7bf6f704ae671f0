package api

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// granted is known to a newer release alone.
type granted struct{}

func (granted) EventType() string { return "account.granted.v9" }

type grants struct{}

func (grants) Size() int { return 1 }

// appendNewer appends an event as a newer release does.
func (b *bench) appendNewer(stream domain.Stream) int64 {
	b.t.Helper()
	newer := domain.NewStreamType(account.Type.Name, func(s grants, _ domain.Event) grants { return s }, granted{})
	return b.appendBy(newer, stream, granted{})
}

// appendBy appends an event as a release does whose streams have another type.
func (b *bench) appendBy(release domain.StreamType, stream domain.Stream, fact domain.Event) int64 {
	b.t.Helper()
	codec, err := eventstore.NewCodec(release)
	if err != nil {
		b.t.Fatal(err)
	}
	store, err := eventstore.New(b.pool(2), codec, eventstore.Options{Timeout: pgtest.Patience})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(store.Close)
	outcome, err := store.Execute(b.t.Context(), b.ledger, eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Actor: "release", Correlation: "release", Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			d.Append(stream, fact)
			return eventstore.Answer{Status: 201}, nil
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return outcome.LastPosition
}

// A process that meets an event of a newer release says so and does nothing; what has nothing to do with it goes on.
func TestAnEventOfANewerRelease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.startWaiting(endpoint.Options{}, 100*time.Millisecond), endpoint.RoleAdmin)
	c.openShop()
	c.get("/readyz", without("Authorization")).is(200)
	b.appendNewer(account.Stream("acme"))
	grant := object{"amount": object{"amount": "5.00", "currency": "USD"}, "reason": "r"}
	c.post("/v1/workspaces/acme/credits", grant).refused(503, "newer_release")
	c.post("/v1/workspaces/acme/credits?dry_run=true", grant).refused(503, "newer_release")
	events := c.get("/v1/events").refused(503, "newer_release")
	if events.header.Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	bought := c.buy("birch", "pro-month", 2)
	deadline := time.Now().Add(pgtest.Patience)
	for {
		a := c.get("/v1/workspaces/birch/balance", bought.position())
		if code, _ := a.at("code").(string); a.status == 503 && code == "read_model_behind" && time.Now().Before(deadline) {
			continue // the read model has not come to the event yet
		}
		a.refused(503, "newer_release")
		break
	}
	c.get("/v1/workspaces/birch/balance").is(200)
	c.get("/readyz", without("Authorization")).refused(503, "not_ready").says(object{
		"detail": "this process waits for a newer release: event type account.granted.v9 is unknown to this version of the program",
	})
	for _, row := range c.get("/v1/projections").is(200).at("data").([]any) {
		if status := row.(map[string]any)["status"]; status != "active" {
			t.Errorf("a read model is %v", row)
		}
	}
}

// A query waits for a read model that is new in this release, and commands do not.
func TestAReadModelThatFills(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	p.stopProjecting()
	if _, err := b.admin.Exec(t.Context(), `UPDATE tallystick.projection_versions SET ready_at = NULL, status = 'filling' WHERE projection = 'plans'`); err != nil {
		t.Fatal(err)
	}
	bought := c.buy("acme", "pro-month", 2)
	refused := c.get("/v1/workspaces/acme/current-plan").refused(503, "read_model_filling")
	if refused.header.Get("Retry-After") == "" || refused.at("progress") == nil {
		t.Errorf("%v %s", refused.header, refused.body)
	}
	c.get("/readyz", without("Authorization")).refused(503, "not_ready")
	c = b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	deadline := time.Now().Add(pgtest.Patience)
	for c.get("/readyz", without("Authorization")).status != 200 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	c.get("/v1/workspaces/acme/current-plan", bought.position()).is(200).says(object{"seats": "2"})
}
