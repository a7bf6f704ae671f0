package projections

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// listen asks for something of the one endpoint.
func (b *books) listen(c webhook.Command) {
	if facts, err := webhook.Decide(b.hook, c, b.meta()); err == nil {
		b.write(testbed.To(webhook.Stream("hook"), domain.Events(facts)...))
	}
}

func (b *books) drawWebhook(t *rapid.T) {
	last := int64(0)
	for _, version := range b.versions {
		last += version
	}
	from := rapid.Int64Range(1, last).Draw(t, "from")
	b.listen(rapid.SampledFrom([]webhook.Command{
		webhook.Test{}, webhook.Redeliver{Positions: []int64{from}}, webhook.Park{Position: from, Reason: "no"}, webhook.Disable{Reason: webhook.ReasonGone},
		webhook.Replay{From: from, To: from + 20, Last: last, Types: []string{"subscription.*", "invoice.paid"}},
		webhook.Change{Settings: b.hook.Settings, Status: new(webhook.StatusEnabled)},
		webhook.Change{Settings: webhook.Settings{URL: "https://example.com", Types: []string{"invoice.*"}}},
		webhook.Change{Settings: webhook.Settings{URL: "https://example.com", Types: []string{"*"}}},
	}).Draw(t, "asked"))
}

// checkWebhooks holds the deliveries against the history: what the endpoint hears of, numbered for each workspace.
func (b *books) checkWebhooks(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID) {
	var hook webhook.State
	var want []webhooks.Delivery
	var enabledAt, position int64
	sequences := map[string]int64{}
	for _, group := range b.history {
		for _, written := range group {
			for _, fact := range written.Events {
				position++
				hears, workspace := false, b.ownerOf(written.Stream)
				if written.Stream == webhook.Stream("hook") {
					hook, workspace = webhook.Evolve(hook, fact), ""
					want, enabledAt = orderedAgain(want, enabledAt, position, fact)
					_, hears = fact.(webhook.Tested)
				} else if of := webhooks.News(fact); of != "" && hook.Exists() {
					hears = hook.Hears(of)
				}
				if hears {
					sequences[workspace]++
					want = append(want, webhooks.Delivery{
						Endpoint: "hook", Position: position, Ordered: position, Type: webhooks.News(fact), Workspace: workspace, Sequence: sequences[workspace],
					})
				}
			}
		}
	}
	for i := range want {
		want[i].Status = webhooks.StatusPending
		if hook.Status != webhook.StatusEnabled || want[i].Ordered <= enabledAt {
			want[i].Status = webhooks.StatusCanceled
		}
	}
	slices.Reverse(want)
	got, err := webhooks.ListDeliveries(bench.Ctx, tx, ledger, "hook", webhooks.Filter{}, 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(webhooks.Delivery{}, "Event")); diff != "" {
		t.Fatalf("deliveries (-want +got):\n%s", diff)
	}
}

// orderedAgain follows what was asked for again.
func orderedAgain(deliveries []webhooks.Delivery, enabledAt, position int64, fact domain.Event) ([]webhooks.Delivery, int64) {
	again := func(from, to int64, types []string) {
		for i, d := range deliveries {
			if d.Position >= from && d.Position <= to && webhook.Chosen(types, d.Type) {
				deliveries[i].Ordered = position
			}
		}
	}
	switch fact := fact.(type) {
	case webhook.Enabled:
		enabledAt = position
	case webhook.Replayed:
		again(fact.From, fact.To, fact.Types)
	case webhook.Redelivered:
		again(fact.Position, fact.Position, nil)
	}
	return deliveries, enabledAt
}

// ownerOf gives the workspace of a stream.
func (b *books) ownerOf(stream domain.Stream) string {
	switch name := stream.Entity(); stream.Type() {
	case invoice.Type.Name:
		return b.invoices[name].Workspace
	case refund.Type.Name:
		return b.refunds[name].Workspace
	case payment.Type.Name:
		return b.collections[name].Workspace
	case paymentlink.Type.Name:
		return b.links[name].Workspace
	case license.Type.Name:
		return domain.Or(b.licenses[name].Workspace, "")
	}
	return workspaceOf(stream)
}
