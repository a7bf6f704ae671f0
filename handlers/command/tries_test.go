package command_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// tries carries a command out and counts how often it was decided: once more for each time that it lacked streams.
func (l *life) tries(now time.Time, c eventstore.Command) (tries int) {
	decide := c.Decide
	c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
		tries++
		return decide(d)
	}
	l.must(now, c)
	return tries
}

// TestManyInvoicesInFewTries: a command asks for the invoices that it leads to together, however many they are. Each time that
// it lacks one costs a round trip and a decision.
func TestManyInvoicesInFewTries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	t.Run("credit pays all that is expected", func(t *testing.T) {
		t.Parallel()
		l := newLife(t)
		for n := range 120 {
			l.must(now, plain(command.IssueOneOff("acme", command.OneOff{
				Invoice: fmt.Sprint("one-off-", n), Currency: new("USD"), Lines: []item.Line{{Description: "Setup", UnitAmount: "1.00"}},
			})))
		}
		if tries := l.tries(now, plain(command.GrantCredit("acme", account.Grant{ID: "g", Amount: usd(12_000), Reason: "sorry"}))); tries > 4 {
			t.Errorf("decided %d times", tries)
		}
		if open := l.equation.having(func(i invoice.State) bool { return i.Outstanding().Sign() > 0 }); len(open) > 0 {
			t.Errorf("%d invoices are still expected", len(open))
		}
	})
	t.Run("an end takes back what many invoices charged", func(t *testing.T) {
		t.Parallel()
		l := newLife(t)
		bill := func(n int) subscription.Billing {
			return subscription.Billing{Change: fmt.Sprint("change-", n), Invoice: fmt.Sprint("invoice-", n)}
		}
		l.must(now, plain(command.CreateSubscription("acme", subscription.Create{
			Billing: bill(1), ID: "one", Price: yearPrices[1].Code, Seats: 1, Collection: subscription.CollectionSendInvoice,
		})))
		for n := 2; n <= 20; n++ {
			l.must(now, plain(command.ChangeSeats("acme", subscription.ChangeSeats{Billing: bill(n), Seats: int64(n)})))
		}
		credit := subscription.SettlementCredit
		end := subscription.Cancel{Billing: bill(21), When: subscription.CancelNow, Settlement: &credit}
		if tries := l.tries(now.AddDate(0, 0, 10), plain(command.CancelSubscription("acme", end))); tries > 4 {
			t.Errorf("decided %d times", tries)
		}
		if notes := l.equation.having(func(i invoice.State) bool { return len(i.CreditNotes) == 1 }); len(notes) != 20 {
			t.Errorf("credit notes on %d invoices", len(notes))
		}
	})
}
