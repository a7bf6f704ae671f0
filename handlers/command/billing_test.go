package command_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// facts are the events of a type.
func facts[E any](events []eventstore.Proposed) (found []E) {
	for _, e := range events {
		if fact, ok := e.Fact.(E); ok {
			found = append(found, fact)
		}
	}
	return found
}

// TestLateCommand: what was due happens first, as of its own instants, in the same group and with ids that follow from it.
func TestLateCommand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, command.SetDunning(dunning.Policy{RestrictAfterDays: 365, Settlement: dunning.SettlementCredit}))
	do(b, create("pro-month", 2))
	b.now = time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)
	more := command.ChangeSeats("acme", subscription.ChangeSeats{Billing: billing(), Seats: 3})
	result, _, events, err := try(b, more)
	if err != nil {
		t.Fatal(err)
	}
	issued := facts[invoice.Finalized](events)
	numbers := []string{}
	for _, i := range issued {
		numbers = append(numbers, i.Number)
	}
	if !slices.Equal(numbers, []string{"INV-000002", "INV-000003", "INV-000004"}) {
		t.Fatalf("numbers %v of %v", numbers, types(events))
	}
	if at := issued[0].IssuedAt; at != time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC) || *result.Invoice != issued[2].ID {
		t.Errorf("first at %v, answered %s", at, *result.Invoice)
	}
	_, _, again, _ := try(b, create("pro-month", 2))
	if again != nil {
		t.Errorf("a refusal wrote %v", types(again))
	}
	b.now = b.now.AddDate(1, 0, 0)
	refused(b, "too_far_behind", more)
}

// TestAutomaticWaits: where money is collected nothing happens before it came, and what waits expires with its invoice.
func TestAutomaticWaits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	automatic := func(id string) command.Command[command.Subscription] {
		return command.CreateSubscription("acme", subscription.Create{
			Billing: billing(), ID: id, Price: "pro-month", Seats: 2, Collection: subscription.CollectionAutomatic,
		})
	}
	result, _, events, err := try(b, automatic("one"))
	if err != nil || !result.Waits() || result.State.Status != subscription.StatusIncomplete {
		t.Fatalf("%+v %v", result, err)
	}
	if opened := facts[invoice.Opened](events); len(opened) != 1 || opened[0].AmountDue.String() != "24.00 USD" {
		t.Errorf("opened %v", opened)
	}
	if len(facts[invoice.Finalized](events)) != 0 {
		t.Errorf("an invoice that waits has no number: %v", types(events))
	}
	refused(b, "subscription_exists", automatic("two"))
	b.now = b.now.Add(23 * time.Hour)
	result, _, events, err = try(b, automatic("two"))
	if err != nil || *result.State.Previous != "one" {
		t.Fatalf("%+v %v", result, err)
	}
	if voided := facts[invoice.Voided](events); len(voided) != 1 || voided[0].ID == *result.Invoice {
		t.Errorf("voided %v", voided)
	}
}

// TestLatePayment: what waited has expired by then, so that all of the money becomes credit.
func TestLatePayment(t *testing.T) {
	t.Parallel()
	b := setup(t)
	result := do(b, command.CreateSubscription("acme", subscription.Create{
		Billing: billing(), ID: "one", Price: "pro-month", Seats: 2, Collection: subscription.CollectionAutomatic,
	}))
	b.now = b.now.Add(24 * time.Hour)
	amount, err := money.Parse("USD", "24.00")
	if err != nil {
		t.Fatal(err)
	}
	pay := command.RecordPayment(*result.Invoice, invoice.RecordPayment{Payment: uuid.NewString(), Amount: amount, Reference: "wire"})
	paid, _, events, err := try(b, pay)
	if err != nil || paid.State.Status != invoice.StatusVoided || paid.State.Number != "" {
		t.Fatalf("%+v, %v", paid, err)
	}
	if granted := facts[account.CreditGranted](events); len(granted) != 1 || granted[0].Balance.String() != "24.00 USD" {
		t.Errorf("granted %+v of %v", granted, types(events))
	}
	refused(b, "invoice_not_found", command.RecordPayment("none", invoice.RecordPayment{Payment: uuid.NewString(), Amount: amount, Reference: "wire"}))
}

// TestCredit: a change to something cheaper at once leaves credit, which the next invoice takes.
func TestCredit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	do(b, command.CreatePrice(catalog.CreatePrice{Product: "team", Code: "team-cheap", Currency: "USD", Interval: "month", UnitAmount: new("2")}))
	bought := do(b, create("pro-month", 2))
	do(b, command.RecordPayment(*bought.Invoice, aPayment(usd(2400))))
	upgrade := command.UpgradeSubscription("acme", subscription.Upgrade{Billing: billing(), Price: "team-cheap"})
	_, _, events, err := try(b, upgrade)
	if err != nil {
		t.Fatal(err)
	}
	if issued := facts[invoice.Finalized](events); len(issued) != 1 || issued[0].CreditApplied.String() != "-20.00 USD" || issued[0].PaymentStatus != invoice.PaymentNotRequired {
		t.Fatalf("issued %+v", issued)
	}
	more := command.ChangeSeats("acme", subscription.ChangeSeats{Billing: billing(), Seats: 4})
	_, _, events, err = try(b, more)
	if issued := facts[invoice.Finalized](events); err != nil || len(issued) != 1 || issued[0].CreditApplied.String() != "4.00 USD" {
		t.Fatalf("issued %+v, %v", issued, err)
	}
}
