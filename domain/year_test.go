package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
)

// step is one thing that a client does, and when. It is drawn as numbers and made a command of whatever state it meets, so
// that the same steps can be told twice.
type step struct {
	at   time.Time
	do   string
	n    int
	name string
}

var plans = func() []pricing.Terms {
	var terms []pricing.Terms
	for i, plan := range []struct {
		tier     int
		interval period.Interval
		unit     string
	}{
		{10, period.IntervalMonth, "3.33"}, {20, period.IntervalMonth, "9.99"}, {20, period.IntervalYear, "99.95"}, {30, period.IntervalMonth, "25.00"},
	} {
		terms = append(terms, pricing.Terms{
			Price: fmt.Sprintf("p%d", i), Product: "pro", Family: "main", Tier: plan.tier, Currency: "USD", Interval: plan.interval,
			IntervalCount: 1, Scheme: pricing.SchemePerUnit, UnitAmount: plan.unit, TrialDays: 10 + plan.tier/5, MinSeats: 1, TaxRate: "0.19",
			TaxBehavior: pricing.TaxBehaviorExclusive, Proration: period.ProrationDay, GuestsPerSeat: 5,
		})
	}
	terms[0].MaxSeats, terms[3].MinSeats = new(int64(4)), 2
	return terms
}()

func drawSteps(t *rapid.T) []step {
	at := time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)
	end := at.AddDate(1, 0, 0)
	var steps []step
	for n := 0; at.Before(end); n++ {
		steps = append(steps, step{
			at: at, n: rapid.IntRange(0, 1_000).Draw(t, "n"), name: fmt.Sprintf("%d", n),
			do: rapid.SampledFrom([]string{"create", "create", "price", "price", "seats", "seats", "cancel", "uncancel", "uncancel",
				"unused", "pause", "resume", "resume", "collection", "coupon", "trial", "convert", "convert", "pay", "pay", "latest", "latest",
				"latest", "part", "void", "credit", "write off", "sit", "leave", "undo"}).Draw(t, "do"),
		})
		at = at.Add(time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, "minutes")) * time.Minute)
	}
	return steps
}

// take does a step, after all that was due before.
func (w *workspace) take(s step) {
	w.run(s.at)
	err := w.step(s)
	var refused *domain.Rejection
	if err != nil && !errors.As(err, &refused) {
		w.t.Fatalf("%s at %v: %v", s.do, s.at, err)
	}
	if now := w.subscription; now.Entitled() && w.seats.SeatsInUse() > now.Seats {
		w.t.Fatalf("%s at %v: %d seats are in use, and %d are bought", s.do, s.at, w.seats.SeatsInUse(), now.Seats)
	}
	if now := w.subscription; now.Entitled() && !now.Terms.AllowsSeats(now.Seats) {
		w.t.Fatalf("%s at %v: %d seats of %s, which does not have them", s.do, s.at, now.Seats, now.Terms.Price)
	}
}

func (w *workspace) step(s step) error {
	switch s.do {
	case "pay", "latest", "part", "void", "credit", "write off":
		return w.stepInvoice(s)
	case "sit":
		w.onSeats(seating.Allocate{Member: s.name, Role: seating.RoleMember}, s.at)
		return nil
	case "leave":
		for member := range w.seats.Members() {
			w.onSeats(seating.Release{Member: member}, s.at)
			break
		}
		return nil
	case "trial":
		return w.startTrial(subscription.StartTrial{ID: "s" + s.name, Terms: plans[s.n%len(plans)], SeatsInUse: w.seats.SeatsInUse()}, s.at)
	}
	return w.change(w.command(s), s.at, s.at)
}

func (w *workspace) billing(s step) subscription.Billing {
	credit, err := w.account.Credit("USD")
	w.must(err)
	return subscription.Billing{Change: "c" + s.name, Invoice: "i" + s.name, Credit: credit}
}

func (w *workspace) command(s step) subscription.Command {
	b, terms, inUse := w.billing(s), plans[s.n%len(plans)], w.seats.SeatsInUse()
	collections := []subscription.Collection{subscription.CollectionAutomatic, subscription.CollectionSendInvoice}
	settlements := []subscription.Settlement{subscription.SettlementNone, subscription.SettlementCredit, subscription.SettlementRefund}
	switch s.do {
	case "create":
		return subscription.Create{Billing: b, ID: "s" + s.name, Terms: terms, Seats: inUse + 1 + int64(s.n%7), SeatsInUse: inUse,
			Collection: collections[s.n%2], DaysUntilDue: new(s.n % 40)}
	case "price":
		if pricing.CompareTerms(w.subscription.Terms, terms) == pricing.ChangeUpgrade {
			return subscription.Upgrade{Billing: b, Terms: terms, SeatsInUse: inUse}
		}
		fewer := []*int64{nil, new(int64(1 + s.n%9))}[s.n/4%2]
		return subscription.Downgrade{Change: b.Change, Terms: terms, Seats: fewer, SeatsInUse: inUse}
	case "seats":
		return subscription.ChangeSeats{Billing: b, Seats: int64(1 + s.n%20), SeatsInUse: inUse}
	case "unused":
		return subscription.RemoveUnusedSeats{Change: b.Change, SeatsInUse: inUse}
	case "cancel":
		when := []string{"now", "period_end", s.at.AddDate(0, 0, 1+s.n%60).Format(time.RFC3339)}[s.n%3]
		return subscription.Cancel{Billing: b, When: when, Settlement: &settlements[s.n/3%3], Paid: w.paid()}
	case "uncancel":
		return subscription.Uncancel{}
	case "pause":
		return subscription.Pause{Billing: b}
	case "resume":
		anchors := []subscription.ResumeAnchor{subscription.ResumeNow, subscription.ResumeUnchanged}
		return subscription.Resume{Billing: b, Anchor: &anchors[s.n%2], SeatsInUse: inUse}
	case "collection":
		return subscription.ChangeCollection{Collection: collections[s.n%2]}
	case "coupon":
		discount := pricing.Discount{Coupon: "c", PercentOff: fmt.Sprint(1 + s.n%100), Duration: pricing.DurationPeriods, Periods: 1 + s.n%3}
		return subscription.ApplyDiscount{Coupon: "c", Discount: &discount}
	case "convert":
		return subscription.ConvertTrial{Billing: b, SeatsInUse: inUse, Collection: &collections[s.n%2]}
	}
	return []subscription.Command{subscription.CancelPendingChange{}, subscription.CancelPendingUpdate{}}[s.n%2]
}

func (w *workspace) stepInvoice(s step) error {
	var open []string
	for _, id := range w.order {
		if s.do == "part" || len(w.invoices[id].AvailableActions()) > 0 { // payments may come late, too
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return nil
	}
	id := open[s.n%len(open)]
	if s.do == "latest" {
		id = open[len(open)-1]
	}
	outstanding := w.invoices[id].Outstanding()
	amount, err := money.FromMinor("USD", int64(1+s.n))
	w.must(err)
	switch s.do {
	case "pay", "latest":
		return w.pay(id, outstanding, s.at)
	case "part":
		return w.pay(id, amount, s.at)
	case "void":
		return w.voidByHand(id, s.at)
	case "write off":
		return w.writeOff(id, s.at)
	}
	return w.credit(id, invoice.Credit{CreditNote: "n" + s.name, Amount: &amount, Reason: "sorry", Refund: s.n%2 == 0}, s.at)
}

// A year of anything that clients do to a workspace, told day by day and told in one jump from step to step: the same
// events to the last byte, every period billed exactly once, every total that of its lines, numbers without a hole,
// credit never negative, and every cent accounted for.
func TestYear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		end := steps[len(steps)-1].at.AddDate(0, 4, 0)
		daily, jumping := newWorkspace(t), newWorkspace(t)
		day := steps[0].at
		for _, s := range steps {
			for ; day.Before(s.at); day = day.AddDate(0, 0, 1) {
				daily.run(day)
			}
			daily.take(s)
			if again := daily.run(s.at); again != 0 {
				t.Fatalf("run twice: %d deadlines again", again)
			}
			jumping.take(s)
		}
		for ; !day.After(end); day = day.AddDate(0, 0, 1) {
			daily.run(day)
		}
		daily.run(end)
		jumping.run(end)
		if !slices.Equal(daily.log, jumping.log) {
			t.Fatalf("%s", difference(daily.log, jumping.log))
		}
		daily.checkBooks()
		daily.checkPeriods()
	})
}

func difference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("event %d\n%s\n%s", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d and %d events", len(a), len(b))
}

// checkBooks adds up all invoices and the account.
func (w *workspace) checkBooks() {
	none, err := money.FromMinor("USD", 0)
	w.must(err)
	numbers, keys := map[string]bool{}, map[string]bool{}
	for _, id := range w.order {
		state := w.invoices[id]
		sum := none
		for _, line := range state.Bill.Lines {
			add(&sum, line.Gross())
			if keys[line.Key] {
				w.t.Fatalf("line %s twice", line.Key)
			}
			keys[line.Key] = true
		}
		if !sum.Equal(state.Bill.Total) {
			w.t.Fatalf("invoice %s: %v of lines %v", id, state.Bill.Total, sum)
		}
		if state.Outstanding().Sign() < 0 {
			w.t.Fatalf("invoice %s: %v outstanding", id, state.Outstanding())
		}
		w.checkLines(state)
		if state.Number != "" {
			numbers[state.Number] = true
		}
	}
	for _, series := range w.numbers.Series {
		if series.Series == "INV-" && int64(len(numbers)) != series.Last {
			w.t.Fatalf("%d numbers for %d invoices", series.Last, len(numbers))
		}
	}
	for _, balance := range w.account.Balances {
		if balance.Sign() < 0 {
			w.t.Fatalf("credit %v", balance)
		}
		w.checkCredit(balance, none)
	}
}

// checkLines adds up by which lines of later invoices, and by which credit notes, each charge is credited: never more than
// it is, and never after the invoice was void.
func (w *workspace) checkLines(state invoice.State) {
	for i, line := range state.Bill.Lines {
		amount, tax := line.Base(), line.Tax
		for _, id := range w.order {
			later := w.invoices[id]
			for _, credit := range later.Bill.Lines {
				if credit.SourceLine != nil && *credit.SourceLine == line.Key && later.Status == invoice.StatusFinalized {
					add(&amount, credit.Amount)
					add(&tax, credit.Tax)
				}
			}
		}
		noted := state.Lines[i]
		add(&noted.Amount, state.Prorated[i].Amount.Neg())
		add(&noted.Tax, state.Prorated[i].Tax.Neg())
		add(&amount, noted.Amount.Neg())
		add(&tax, noted.Tax.Neg())
		if line.Base().Sign() > 0 && (amount.Sign() < 0 || tax.Sign() < 0) {
			w.t.Fatalf("line %s is credited by %v and %v of tax too much", line.Key, amount.Neg(), tax.Neg())
		}
		if !amount.Equal(line.Base()) && state.Status == invoice.StatusVoided {
			w.t.Fatalf("line %s of a void invoice is credited", line.Key)
		}
	}
}

// checkCredit derives the balance of what the invoices say.
func (w *workspace) checkCredit(balance, sum money.Amount) {
	for _, id := range w.order {
		state := w.invoices[id]
		if state.Status != invoice.StatusVoided {
			add(&sum, state.CreditApplied.Neg())
		} else {
			add(&sum, state.AmountPaid)
		}
		note := state.Credited
		add(&note, state.Reduced.Neg())
		add(&note, state.Refunded.Neg())
		add(&sum, note)
	}
	for _, entry := range w.log {
		sum = w.addFlow(sum, entry)
	}
	if !sum.Equal(balance) {
		w.t.Fatalf("credit is %v, and what happened comes to %v", balance, sum)
	}
}

// checkPeriods follows the full charges: each begins where the one before ended, and no two overlap, except where a
// change cut the earlier one and credited the rest.
func (w *workspace) checkPeriods() {
	ends := map[string]time.Time{}
	for _, id := range w.order {
		state := w.invoices[id]
		if state.Status == invoice.StatusVoided && state.Number == "" {
			continue
		}
		for _, line := range state.Bill.Lines {
			sub, _, _ := strings.Cut(line.Key, "/")
			if line.Kind != pricing.LineKindCharge {
				continue
			}
			if end := ends[sub]; state.Reason == invoice.ReasonRenewal && !end.Equal(line.Period.Start) {
				w.t.Fatalf("line %s begins %v, and the one before ended %v", line.Key, line.Period.Start, end)
			}
			ends[sub] = line.Period.End
		}
	}
}

// addFlow adds what money flows leave no other trace in the invoices' states: overpayments, and credit paid back.
func (w *workspace) addFlow(sum money.Amount, entry string) money.Amount {
	_, rest, _ := strings.Cut(entry, " ")
	name, data, _ := strings.Cut(rest, " ")
	switch name {
	case "invoice.payment_recorded.v1":
		var e invoice.PaymentRecorded
		w.must(json.Unmarshal([]byte(data), &e))
		add(&sum, e.Credit)
	case "account.credit_refunded.v1":
		var e account.CreditRefunded
		w.must(json.Unmarshal([]byte(data), &e))
		add(&sum, e.Amount.Neg())
	}
	return sum
}
