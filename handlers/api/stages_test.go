package api

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// of is the path of a workspace's subscription.
func of(workspace string) string { return "/v1/workspaces/" + workspace + "/subscription" }

// collect buys a subscription that is paid automatically, and pays for it.
func (c *client) collect(workspace, price string, seats int) *answered {
	c.t.Helper()
	return c.settle(c.post(of(workspace), object{"price": price, "seats": seats, "collection": "automatic"}).is(http.StatusAccepted))
}

// settle records the money for the invoice that a command made.
func (c *client) settle(made *answered) *answered {
	c.t.Helper()
	path := "/v1/invoices/" + made.text("invoice")
	due := c.get(path, made.position()).is(http.StatusOK).at("amount_due")
	return c.post(path+"/record-payment", object{"amount": due, "reference": "wire"}).is(http.StatusOK)
}

// coupon puts a coupon into the catalog.
func (b *bench) coupon(p *program, c catalog.CreateCoupon) {
	b.t.Helper()
	_, err := p.store.Execute(b.t.Context(), b.ledger, eventstore.Command{
		ID: uuid.New(), Resource: catalog.Stream(), Writes: []domain.Stream{catalog.Stream()},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			facts, err := catalog.Decide(eventstore.StateOf[catalog.State](d, catalog.Stream()), c, d.Meta())
			d.Append(catalog.Stream(), domain.Events(facts)...)
			return eventstore.Answer{Status: http.StatusCreated}, err
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// actions hold the request for each name in available_actions, in the order of that list.
var actions = []struct {
	name, method, path string
	body               any
}{
	{"create", http.MethodPost, "/subscription", aBuy},
	{"upgrade", http.MethodPost, "/subscription/upgrade", object{"price": "team-month"}},
	{"downgrade", http.MethodPost, "/subscription/downgrade", object{"price": "pro-lite"}},
	{"change_seats", http.MethodPost, "/subscription/seats", object{"seats": 4}},
	{"remove_unused_seats", http.MethodPost, "/subscription/seats/remove-unused", nil},
	{"cancel_pending_change", http.MethodDelete, "/subscription/pending-change", nil},
	{"cancel_pending_update", http.MethodDelete, "/subscription/pending-update", nil},
	{"cancel", http.MethodPost, "/subscription/cancel", object{"when": "period_end"}},
	{"uncancel", http.MethodPost, "/subscription/uncancel", nil},
	{"pause", http.MethodPost, "/subscription/pause", nil},
	{"resume", http.MethodPost, "/subscription/resume", nil},
	{"change_collection", http.MethodPut, "/subscription/collection", object{"collection": "send_invoice"}},
	{"apply_discount", http.MethodPost, "/subscription/discount", object{"coupon": "half"}},
	{"remove_discount", http.MethodDelete, "/subscription/discount", nil},
	{"convert_trial", http.MethodPost, "/trial/convert", object{"collection": "send_invoice"}},
	{"cancel_trial", http.MethodPost, "/trial/cancel", nil},
	{"extend_trial", http.MethodPost, "/trial/extend", object{"end": time.Now().AddDate(1, 0, 0).UTC().Truncate(time.Second), "reason": "nice"}},
}

// TestAvailableActions goes to every stage that a client can bring a subscription to. There, what available_actions names
// is done, and everything else is refused and says what is available.
func TestAvailableActions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.post("/v1/products/pro/prices", object{"code": "pro-lite", "currency": "USD", "interval": "month", "unit_amount": "6"}).is(201)
	b.coupon(p, catalog.CreateCoupon{Code: "half", PercentOff: new("50"), Duration: "once"})
	active := func(w string) { c.collect(w, "pro-month", 3) }
	paused := func(w string) { active(w); b.advance(3 * 24 * time.Hour); c.post(of(w)+"/pause", nil).is(200) }
	ending := func(w string) { active(w); c.post(of(w)+"/cancel", object{"when": "period_end"}).is(200) }
	running := []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "pause", "change_collection", "apply_discount"}
	for _, stage := range []struct {
		name, status string
		reach        func(workspace string)
		want         []any
	}{
		{"incomplete", "incomplete", func(w string) {
			c.post(of(w), object{"price": "pro-month", "seats": 3, "collection": "automatic"}).is(202)
		}, []any{"cancel"}},
		{"lapsed", "incomplete_expired", func(w string) {
			c.post(of(w), object{"price": "pro-month", "seats": 3, "collection": "automatic"}).is(202)
			b.advance(23 * time.Hour)
		}, []any{"create"}},
		{"active", "active", active, running},
		{"discounted", "active", func(w string) {
			active(w)
			c.post(of(w)+"/discount", object{"coupon": "half"}).is(200)
		}, append(running[:len(running):len(running)], "remove_discount")},
		{"fewer", "active", func(w string) { active(w); c.post(of(w)+"/seats", object{"seats": 2}).is(200) },
			slices.Insert(slices.Clone(running), 4, any("cancel_pending_change"))},
		{"waiting", "active", func(w string) { active(w); c.post(of(w)+"/seats", object{"seats": 5}).is(202) },
			[]any{"cancel_pending_update", "cancel", "apply_discount"}},
		{"ending", "active", ending, []any{"upgrade", "change_seats", "cancel", "uncancel", "pause", "change_collection", "apply_discount"}},
		{"ending-fewer", "active", func(w string) {
			active(w)
			c.post(of(w)+"/seats", object{"seats": 2}).is(200)
			c.post(of(w)+"/cancel", object{"when": "period_end"}).is(200)
		}, []any{"upgrade", "change_seats", "cancel_pending_change", "cancel", "uncancel", "pause", "change_collection", "apply_discount"}},
		{"ending-later", "active", func(w string) {
			active(w)
			c.post(of(w)+"/cancel", object{"when": b.now().AddDate(0, 3, 0).UTC().Format(time.RFC3339)}).is(200)
		}, slices.Insert(slices.Clone(running), 5, any("uncancel"))},
		{"ending-waiting", "active", func(w string) { ending(w); c.post(of(w)+"/seats", object{"seats": 5}).is(202) },
			[]any{"cancel_pending_update", "cancel", "apply_discount"}},
		{"owing", "past_due", func(w string) {
			active(w)
			b.advance(33 * 24 * time.Hour)
			c.put(of(w)+"/collection", object{"collection": "automatic"}).is(200)
		}, []any{"downgrade", "change_seats", "remove_unused_seats", "cancel", "change_collection", "apply_discount"}},
		{"paused", "paused", paused, []any{"cancel", "resume", "change_collection", "apply_discount"}},
		{"paused-fewer", "paused", func(w string) {
			active(w)
			c.post(of(w)+"/seats", object{"seats": 2}).is(200)
			c.post(of(w)+"/pause", nil).is(200)
		}, []any{"cancel_pending_change", "cancel", "resume", "change_collection", "apply_discount"}},
		{"paused-ending", "paused", func(w string) {
			paused(w)
			c.post(of(w)+"/cancel", object{"when": b.now().AddDate(0, 3, 0).UTC().Format(time.RFC3339)}).is(200)
		}, []any{"cancel", "uncancel", "resume", "change_collection", "apply_discount"}},
		{"resuming", "paused", func(w string) { paused(w); c.post(of(w)+"/resume", nil).is(202) },
			[]any{"cancel_pending_update", "cancel", "apply_discount"}},
		{"canceled", "canceled", func(w string) {
			active(w)
			c.post(of(w)+"/cancel", object{"when": "now", "settlement": "none"}).is(200)
		},
			[]any{"create"}},
		{"trialing", "trialing", func(w string) { c.tryOut(w, "pro-try", 3) }, []any{"upgrade", "downgrade", "change_seats",
			"remove_unused_seats", "cancel", "change_collection", "apply_discount", "convert_trial", "cancel_trial", "extend_trial"}},
		{"trialing-waiting", "trialing", func(w string) {
			c.tryOut(w, "pro-try", 3)
			c.post("/v1/workspaces/"+w+"/trial/convert", nil).is(202)
		}, []any{"cancel_pending_update", "cancel", "apply_discount", "cancel_trial"}},
		{"trialing-ending", "trialing", func(w string) {
			c.tryOut(w, "pro-try", 3)
			c.post(of(w)+"/cancel", object{"when": "period_end"}).is(200)
		}, []any{"upgrade", "downgrade", "change_seats", "remove_unused_seats", "cancel", "uncancel", "change_collection", "apply_discount",
			"cancel_trial", "extend_trial"}},
		{"tried", "expired", func(w string) { c.tryOut(w, "pro-try", 3); b.advance(15 * 24 * time.Hour) }, []any{"create"}},
	} {
		c.run(t, stage.name, func(t *testing.T) {
			stage.reach(stage.name)
			last := header("Min-Position", fmt.Sprint(len(b.events())))
			c.get(of(stage.name), last).is(200).says(object{"status": stage.status, "available_actions": stage.want})
			for _, action := range actions {
				if action.name == "change_seats" && stage.status == "past_due" {
					action.body = object{"seats": 2} // more must be paid for
				}
				a := c.do(action.method, "/v1/workspaces/"+stage.name+action.path+"?dry_run=true", action.body)
				switch code := a.text("code"); {
				case slices.Contains(stage.want, any(action.name)):
					a.is(200)
				case a.status == 402 && code == "payment_past_due":
				case a.status == 404 && code == "no_discount":
				default:
					a.is(409).says(object{"available_actions": stage.want})
				}
			}
		})
	}
}
