package command_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
)

func usd(minor int64) money.Amount {
	amount, err := money.FromMinor("USD", minor)
	if err != nil {
		panic(err)
	}
	return amount
}

func creditNote(amount money.Amount, refund bool) invoice.Credit {
	return invoice.Credit{CreditNote: uuid.NewString(), Amount: &amount, Reason: "sorry", Refund: refund}
}

func aPayment(amount money.Amount) invoice.RecordPayment {
	return invoice.RecordPayment{Payment: uuid.NewString(), Amount: amount, Reference: "wire"}
}

func automatic(workspace string, seats int64) command.Command[command.Subscription] {
	return command.CreateSubscription(workspace, subscription.Create{
		Billing: billing(), ID: workspace + "-1", Price: "pro-month", Seats: seats, Collection: subscription.CollectionAutomatic,
	})
}

func changeSeats(workspace string, seats int64) command.Command[command.Subscription] {
	return command.ChangeSeats(workspace, subscription.ChangeSeats{Billing: billing(), Seats: seats})
}

func upgrade(workspace string) command.Command[command.Subscription] {
	return command.UpgradeSubscription(workspace, subscription.Upgrade{Billing: billing(), Price: "team-month"})
}

// TestCreditNote: what was paid becomes credit or goes back, numbers have no hole, and no change credits the same again.
func TestCreditNote(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, create("pro-month", 2))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2400))))
	refused(b, "invoice_not_found", command.IssueCreditNote("none", creditNote(usd(1), false)))
	refused(b, "credit_exceeds_invoice", command.IssueCreditNote(*bought.Invoice, creditNote(usd(2401), false)))
	note, _, events, err := try(b, command.IssueCreditNote(*bought.Invoice, creditNote(usd(600), false)))
	if err != nil || note.Note.Number != "CN-000001" || note.Workspace != "acme" {
		t.Fatalf("%+v, %v", note, err)
	}
	if granted := facts[account.CreditGranted](events); len(granted) != 1 || granted[0].Source != account.SourceCreditNote || granted[0].Balance.Plain() != "6.00" {
		t.Errorf("granted %+v", granted)
	}
	if lines := facts[subscription.LinesCredited](events); len(lines) != 1 || lines[0].Lines[0].Amount.Plain() != "6.00" {
		t.Errorf("lines %+v", lines)
	}
	back, _, events, err := try(b, command.IssueCreditNote(*bought.Invoice, creditNote(usd(400), true)))
	if err != nil || back.Note.Number != "CN-000002" || back.Note.Refund.Plain() != "4.00" || len(facts[account.CreditGranted](events)) != 0 {
		t.Errorf("%+v, %v", back, err)
	}
	_, _, events, err = try(b, upgrade("acme"))
	if prorated := facts[invoice.LinesProrated](events); err != nil || len(prorated) != 1 || prorated[0].Lines[0].Amount.Plain() != "14.00" {
		t.Fatalf("prorated %+v, %v", prorated, err)
	}
	refused(b, "nothing_to_credit", command.IssueCreditNote(*bought.Invoice, creditNote(usd(1), false)))
}

// TestVoid: what an invoice billed is charged anew by the next change, and an invoice whose lines were credited stays.
func TestVoid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, create("pro-month", 2))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2400))))
	do(b, command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(500), Reason: "sorry"}))
	more := do(b, changeSeats("acme", 3))
	_, _, events, err := try(b, command.VoidInvoice(*more.Invoice, "wrong"))
	if granted := facts[account.CreditGranted](events); err != nil || len(granted) != 1 || granted[0].Source != account.SourceVoided || granted[0].Balance.Plain() != "5.00" {
		t.Fatalf("granted %+v, %v", granted, err)
	}
	if lines := facts[subscription.LinesCredited](events); len(lines) != 1 || lines[0].Lines[0].Amount.Plain() != "12.00" {
		t.Errorf("lines %+v", lines)
	}
	upgraded, _, events, err := try(b, upgrade("acme"))
	if err != nil {
		t.Fatal(err)
	}
	// The seat that was billed by the void invoice is not credited; the others are.
	if prorated := facts[invoice.LinesProrated](events); len(prorated) != 1 || prorated[0].ID != *bought.Invoice || prorated[0].CreditedOn != *upgraded.Invoice {
		t.Errorf("prorated %+v", prorated)
	}
	if issued := facts[invoice.Finalized](events); len(issued) != 1 || issued[0].AmountDue.Plain() != "7.00" {
		t.Errorf("issued %+v", issued)
	}
	refused(b, "invoice_voided", command.VoidInvoice(*more.Invoice, "wrong"))
	refused(b, "invoice_paid", command.VoidInvoice(*bought.Invoice, "wrong"))
	refused(b, "invoice_credited", command.VoidInvoice(*upgraded.Invoice, "wrong"))
}

// TestVoidOfWaiting: nobody gets what the void invoice was for, and what was paid of it is not lost.
func TestVoidOfWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, automatic("acme", 2))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(1000))))
	_, _, events, err := try(b, command.VoidInvoice(*bought.Invoice, "changed their mind"))
	if err != nil {
		t.Fatal(err)
	}
	if voided := facts[invoice.Voided](events); len(voided) != 1 || voided[0].Reason != "changed their mind" || voided[0].PaidReturned.Plain() != "10.00" {
		t.Errorf("voided %+v", voided)
	}
	if ended := facts[subscription.Canceled](events); len(ended) != 1 || len(facts[subscription.UpdateCanceled](events)) != 1 {
		t.Errorf("ended %v", types(events))
	}
	again := do(b, command.CreateSubscription("acme", subscription.Create{
		Billing: billing(), ID: "two", Price: "pro-month", Seats: 2, Collection: subscription.CollectionAutomatic,
	}))
	paid := do(b, command.RecordPayment(*again.Invoice, aPayment(usd(1400))))
	if paid.State.CreditApplied.Plain() != "10.00" || paid.State.Status != invoice.StatusFinalized {
		t.Errorf("%+v", paid.State)
	}
	more := do(b, changeSeats("acme", 4))
	do(b, command.VoidInvoice(*more.Invoice, "wrong"))
	if same := do(b, changeSeats("acme", 2)); same.State.Seats != 2 || same.State.PendingUpdate != nil {
		t.Errorf("%+v", same.State)
	}
	// What a waiting change would credit is another amount after a credit note, so that the change waits no more.
	do(b, command.CreatePrice(catalog.CreatePrice{Product: "team", Code: "team-dear", Currency: "USD", Interval: "month", UnitAmount: new("20")}))
	waits := do(b, command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: "team-dear"}))
	_, _, events, err = try(b, command.IssueCreditNote(*again.Invoice, creditNote(usd(100), false)))
	if voided := facts[invoice.Voided](events); err != nil || !waits.Waits() || len(voided) != 1 || voided[0].ID != *waits.Invoice {
		t.Errorf("voided %+v, %v", voided, err)
	}
}

// TestWriteOff: what was given up stays in force, and a change credits it.
func TestWriteOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, create("pro-month", 2))
	_, _, events, err := try(b, command.WriteOff(*bought.Invoice, invoice.WriteOff{Reason: "gone"}))
	if lines := facts[subscription.LinesCredited](events); err != nil || len(lines) != 0 {
		t.Errorf("lines %+v, %v", lines, err)
	}
	refused(b, "nothing_due", command.WriteOff(*bought.Invoice, invoice.WriteOff{Reason: "gone"}))
	_, _, events, err = try(b, upgrade("acme"))
	if issued := facts[invoice.Finalized](events); err != nil || len(issued) != 1 || issued[0].AmountDue.Plain() != "0.00" {
		t.Errorf("issued %+v, %v", issued, err)
	}
}

// TestPaymentAfterWriteOff: what is paid after all is credited like anything else.
func TestPaymentAfterWriteOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, create("pro-month", 2))
	do(b, command.WriteOff(*bought.Invoice, invoice.WriteOff{Reason: "gone"}))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2400))))
	_, _, events, err := try(b, upgrade("acme"))
	if issued := facts[invoice.Finalized](events); err != nil || len(issued) != 1 || issued[0].AmountDue.Plain() != "0.00" {
		t.Errorf("issued %+v, %v", issued, err)
	}
}

// TestRefundOfTheLineage: what an upgrade credits was paid for on the invoice before, and goes back too, but only of these
// invoices and only what was paid in money.
func TestRefundOfTheLineage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, command.CreatePrice(catalog.CreatePrice{Product: "team", Code: "team-dear", Currency: "USD", Interval: "month", UnitAmount: new("20")}))
	bought := do(b, create("pro-month", 2))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2000))))
	do(b, command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(400), Reason: "sorry"}))
	upgraded := do(b, command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: "team-dear"}))
	do(b, command.RecordPayment(*upgraded.Invoice, aPayment(usd(1000))))
	back := subscription.SettlementRefund
	ended, _, events, err := try(b, command.CancelSubscription("acme", subscription.Cancel{Billing: billing(), When: "now", Settlement: &back}))
	notes := facts[invoice.Credited](events)
	if err != nil || len(notes) != 1 || len(ended.CreditNotes) != 1 || ended.CreditNotes[0] != notes[0].CreditNote {
		t.Fatalf("%+v, %v", notes, err)
	}
	// Of 40.00 6.00 are not paid, 30.00 were paid in money, the newest first, and 4.00 by credit.
	note := notes[0]
	if note.Reduced.Plain() != "6.00" || note.Refund.Plain() != "30.00" || note.Credit.Plain() != "4.00" || note.ID != *upgraded.Invoice {
		t.Errorf("%+v", note)
	}
	if len(note.Refunds) != 2 || note.Refunds[0].Invoice != *upgraded.Invoice || note.Refunds[1].Amount.Plain() != "20.00" {
		t.Errorf("refunds %+v", note.Refunds)
	}
	if created := facts[refund.Created](events); len(created) != 2 || *created[0].CreditNote != note.CreditNote {
		t.Errorf("created %+v", created)
	}
}

// TestRecovers: whatever ends that an invoice is overdue ends being past due.
func TestRecovers(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(b *bench, id string) ([]domain.Event, error){
		"credit note": func(b *bench, id string) ([]domain.Event, error) {
			return events(b, command.IssueCreditNote(id, creditNote(usd(2400), false)))
		},
		"void": func(b *bench, id string) ([]domain.Event, error) { return events(b, command.VoidInvoice(id, "wrong")) },
		"write-off": func(b *bench, id string) ([]domain.Event, error) {
			return events(b, command.WriteOff(id, invoice.WriteOff{Reason: "gone"}))
		},
		"payment": func(b *bench, id string) ([]domain.Event, error) {
			return events(b, command.RecordPayment(id, aPayment(usd(2400))))
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			bought := do(b, automatic("acme", 2))
			do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2400))))
			b.now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			_, _, late, err := try(b, command.RunSubscription("acme", false))
			renewed := facts[invoice.Finalized](late)
			if err != nil || len(renewed) != 1 || len(facts[subscription.BecamePastDue](late)) != 1 {
				t.Fatalf("late %v, %v", types(late), err)
			}
			ended, err := end(b, renewed[0].ID)
			if err != nil || !slices.ContainsFunc(ended, func(e domain.Event) bool { return e.EventType() == "subscription.recovered.v1" }) {
				t.Errorf("%v, %v", ended, err)
			}
		})
	}
}

// TestGrantCredit: credit pays for what comes after it, and not for what should have been billed before.
func TestGrantCredit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, create("pro-month", 1))
	b.now = time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	given, _, events, err := try(b, command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(2000), Reason: "sorry"}))
	if err != nil || given.Granted.Source != account.SourceManual || given.Granted.Balance.Plain() != "20.00" {
		t.Fatalf("%+v, %v", given, err)
	}
	if renewed := facts[invoice.Finalized](events); len(renewed) != 1 || !renewed[0].CreditApplied.IsZero() {
		t.Errorf("renewed %+v", renewed)
	}
	do(b, command.GrantCredit("nobody", account.Grant{ID: "g", Amount: usd(1), Reason: "sorry"}))
	refused(b, "amount_invalid", command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(0), Reason: "sorry"}))
}

// history sums up the events of one workspace by themselves, without any decider.
type history struct {
	invoices []string
	debits   map[string]money.Amount // each charge with its tax, less all credits
	bills    map[string]invoice.Drafted
	notes    map[string]money.Amount // each invoice's total less its credit notes
	credit   money.Amount
}

// fold adds the events of a command and says what must never be.
func (h *history) fold(events []domain.Event) error {
	for _, event := range events {
		switch e := event.(type) {
		case invoice.Drafted:
			h.bills[e.ID], h.notes[e.ID] = e, e.Bill.Total
			h.invoices = append(h.invoices, e.ID)
		case invoice.Finalized:
			for _, line := range h.bills[e.ID].Bill.Lines {
				if line.SourceLine != nil {
					h.debits[*line.SourceLine] = h.debits[*line.SourceLine].Plus(line.Gross())
				} else {
					h.debits[line.Key] = line.Gross()
				}
			}
		case invoice.Credited:
			h.notes[e.ID] = h.notes[e.ID].Plus(e.Total.Neg())
			for _, line := range e.Lines {
				h.debits[line.Key] = h.debits[line.Key].Plus(line.Amount.Plus(line.Tax).Neg())
			}
		case account.CreditGranted:
			h.credit = h.credit.Plus(e.Amount)
		case account.CreditApplied:
			h.credit = h.credit.Plus(e.Amount.Neg())
		case account.CreditRefunded:
			h.credit = h.credit.Plus(e.Amount.Neg())
		}
	}
	for key, left := range h.debits {
		if left.Sign() < 0 {
			return fmt.Errorf("line %s is credited by %v too much", key, left.Neg())
		}
	}
	for id, left := range h.notes {
		credits := slices.ContainsFunc(h.bills[id].Bill.Lines, func(l pricing.Line) bool { return l.Kind == pricing.LineKindCredit })
		if !credits && left.Sign() < 0 {
			return fmt.Errorf("credit notes are %v more than invoice %s", left.Neg(), id)
		}
	}
	if h.credit.Sign() < 0 {
		return fmt.Errorf("the credit is %v", h.credit)
	}
	return nil
}

// TestNothingIsCreditedTwice does anything to a workspace and its invoices: all credits of a line never exceed its debit,
// credit notes never the invoice, and the account's credit is never negative.
func TestNothingIsCreditedTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rapid.Check(t, func(t *rapid.T) {
		workspace := "w" + uuid.NewString()
		h := &history{debits: map[string]money.Amount{}, bills: map[string]invoice.Drafted{}, notes: map[string]money.Amount{}, credit: usd(0)}
		for range rapid.IntRange(3, 15).Draw(t, "commands") {
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, "minutes")) * time.Minute)
			events, err := drawCommand(t, b, workspace, h.invoices)
			var refusal *domain.Rejection
			if err != nil && !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			if err := h.fold(events); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// drawCommand tries one command and gives its events.
func drawCommand(t *rapid.T, b *bench, workspace string, invoices []string) ([]domain.Event, error) {
	seats, amount := rapid.Int64Range(1, 9).Draw(t, "seats"), usd(rapid.Int64Range(1, 6000).Draw(t, "amount"))
	kinds := []string{"create", "automatic", "upgrade", "seats", "grant"}
	id := "none"
	if len(invoices) > 0 {
		id = rapid.SampledFrom(invoices).Draw(t, "invoice")
		kinds = append(kinds, "pay", "note", "note", "void", "write off", "upgrade", "seats")
	}
	switch rapid.SampledFrom(kinds).Draw(t, "command") {
	case "create":
		return events(b, command.CreateSubscription(workspace, subscription.Create{
			Billing: billing(), ID: uuid.NewString(), Price: "pro-month", Seats: seats, Collection: subscription.CollectionSendInvoice,
		}))
	case "automatic":
		return events(b, automatic(workspace, seats))
	case "upgrade":
		return events(b, upgrade(workspace))
	case "seats":
		return events(b, changeSeats(workspace, seats))
	case "grant":
		return events(b, command.GrantCredit(workspace, account.Grant{ID: uuid.NewString(), Amount: amount, Reason: "sorry"}))
	case "pay":
		return events(b, command.RecordPayment(id, aPayment(amount)))
	case "note":
		return events(b, command.IssueCreditNote(id, creditNote(amount, seats%2 == 0)))
	case "void":
		return events(b, command.VoidInvoice(id, "wrong"))
	}
	return events(b, command.WriteOff(id, invoice.WriteOff{Reason: "gone"}))
}

func events[R any](b *bench, c command.Command[R]) (all []domain.Event, err error) {
	_, _, proposed, err := try(b, c)
	for _, e := range proposed {
		all = append(all, e.Fact)
	}
	return all, err
}
