package command_test

import (
	"slices"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/pricing"
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
	writeBefore(b, life)
	return id
}

// writeBefore stores of a life of acme what a release before this one would have written of its subscription and its invoices.
func writeBefore(b *bench, life *life) {
	b.t.Helper()
	streams := []domain.Stream{subscription.Stream("acme")}
	for _, id := range life.equation.order {
		streams = append(streams, invoice.Stream(id))
	}
	do(b, command.Command[struct{}]{Resource: streams[0], Writes: streams, Decide: func(d *eventstore.Decision) (struct{}, error) {
		for _, e := range life.told {
			switch fact := e.Fact.(type) {
			case invoice.Drafted:
				fact.Collection, fact.Bill.Lines = "", linesBefore(fact.Bill)
				d.Append(e.Stream, fact)
			case subscription.Billed:
				fact.Bill.Lines = linesBefore(fact.Bill)
				d.Append(e.Stream, fact)
			case invoice.LinesProrated:
				if fact.CreditedOn != "more" { // which lowers charges, and credits none
					d.Append(e.Stream, fact)
				}
			case invoice.PaymentRecorded:
				fact.Payment = ""
				d.Append(e.Stream, fact)
			default:
				if slices.Contains(streams, e.Stream) {
					d.Append(e.Stream, fact)
				}
			}
		}
		return struct{}{}, nil
	}})
}

func linesBefore(bill pricing.Bill) (lines []pricing.Line) {
	for _, line := range bill.Lines {
		line.Lowers = nil
		lines = append(lines, line)
	}
	return lines
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

// TestCheaperSeatsOfBefore: of an invoice that was not told of them a credit note is bound by them, and so is what ends.
func TestCheaperSeatsOfBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	life := newLife(t)
	life.must(b.now, plain(command.CreateSubscription("acme", subscription.Create{
		Billing: subscription.Billing{Change: "c", Invoice: "old"}, ID: "one", Price: "volume", Seats: 4, Collection: subscription.CollectionSendInvoice,
	})))
	life.must(b.now, plain(command.RecordPayment("old", invoice.RecordPayment{Payment: "p", Amount: usd(3808), Reference: "wire"})))
	life.must(b.now, plain(command.ChangeSeats("acme", subscription.ChangeSeats{Billing: subscription.Billing{Change: "d", Invoice: "more"}, Seats: 5})))
	writeBefore(b, life)
	refused(b, "credit_exceeds_invoice", command.IssueCreditNote("old", creditNote(usd(2381), false)))
	_, _, events, err := try(b, command.IssueCreditNote("old", creditNote(usd(1190), false)))
	if told := facts[invoice.LinesProrated](events); err != nil || len(told) != 1 || told[0].CreditedOn != "more" || told[0].Lines[0].Amount.Plain() != "12.00" {
		t.Fatalf("told %+v, %v", told, err)
	}
	credit := subscription.SettlementCredit
	_, _, events, err = try(b, command.CancelSubscription("acme", subscription.Cancel{Billing: billing(), When: "now", Settlement: &credit}))
	notes := facts[invoice.Credited](events)
	if err != nil || len(notes) != 1 || notes[0].Total.Plain() != "11.90" {
		t.Fatalf("notes %+v, %v", notes, err)
	}
	refused(b, "nothing_to_credit", command.IssueCreditNote("old", creditNote(usd(1), false)))
}

// asBefore begins the life anew with what an earlier release would have written of its acts.
func (l *lived) asBefore() {
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	l.rehearsal = eventstore.NewRehearsal(codec)
	var streams []domain.Stream
	for _, e := range l.told {
		if !slices.Contains(streams, e.Stream) {
			streams = append(streams, e.Stream)
		}
	}
	_, err = l.rehearsal.Execute(eventstore.Command{Resource: streams[0], Writes: streams, Decide: func(d *eventstore.Decision) (answer eventstore.Answer, err error) {
		for _, e := range l.told {
			fact := e.Fact
			switch of := fact.(type) {
			case invoice.Drafted:
				of.Bill.Lines = linesBefore(of.Bill)
				fact = of
			case subscription.Billed:
				of.Bill.Lines = linesBefore(of.Bill)
				fact = of
			case invoice.LinesProrated:
				fact = invoice.LinesProrated{ID: of.ID} // which says nothing, and keeps the version
			}
			d.AppendAt(e.Stream, e.EffectiveAt, fact)
		}
		return answer, nil
	}}, l.told[len(l.told)-1].EffectiveAt)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	for _, id := range l.equation.order {
		l.equation.invoices[id] = eventstore.RehearsedState[invoice.State](l.rehearsal, invoice.Stream(id))
	}
}
