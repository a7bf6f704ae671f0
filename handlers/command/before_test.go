package command_test

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// before leaves only what a release before this one would have written of a new workspace's first invoice and its payment.
func before(b *bench, paid int64) (id string) {
	b.t.Helper()
	life := newLife(b.t)
	id = "old"
	bill := subscription.Billing{Change: "c", Invoice: id}
	life.must(b.now, plain(command.CreateSubscription("acme", subscription.Create{
		Billing: bill, ID: "one", Price: "large", Seats: 2, Collection: subscription.CollectionSendInvoice,
	})))
	if paid > 0 {
		life.must(b.now, plain(command.RecordPayment(id, invoice.RecordPayment{Payment: "p", Amount: usd(paid), Reference: "wire"})))
	}
	streams := []domain.Stream{subscription.Stream("acme"), invoice.Stream(id)}
	do(b, command.Command[struct{}]{Resource: streams[0], Writes: streams, Decide: func(d *eventstore.Decision) (struct{}, error) {
		for _, e := range life.told {
			switch fact := e.Fact.(type) {
			case invoice.Drafted:
				fact.Collection = ""
				d.Append(e.Stream, fact)
			case invoice.PaymentRecorded:
				fact.Payment = ""
				d.Append(e.Stream, fact)
			default:
				if e.Stream == streams[0] || e.Stream == streams[1] {
					d.Append(e.Stream, fact)
				}
			}
		}
		return struct{}{}, nil
	}})
	return id
}

// TestInvoicesOfBefore: accounts learn of invoices and money from before they knew of them, when it matters.
func TestInvoicesOfBefore(t *testing.T) {
	t.Parallel()
	t.Run("are paid by credit", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		id := before(b, 0)
		_, _, events, err := try(b, command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(8000), Reason: "sorry"}))
		if applied := facts[invoice.CreditApplied](events); err != nil || len(applied) != 1 || applied[0].ID != id || applied[0].Amount.Plain() != "50.00" {
			t.Errorf("applied %+v, %v", applied, err)
		}
	})
	t.Run("give money back", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		before(b, 3000)
		refund := subscription.SettlementRefund
		end := command.CancelSubscription("acme", subscription.Cancel{Billing: billing(), When: "now", Settlement: &refund})
		_, _, events, err := try(b, end)
		if notes := facts[invoice.Credited](events); err != nil || len(notes) != 1 || notes[0].Reduced.Plain() != "20.00" || notes[0].Refund.Plain() != "30.00" {
			t.Errorf("notes %+v, %v", notes, err)
		}
	})
}
