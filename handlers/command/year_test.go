package command_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// life is a workspace whose commands are decided in memory.
type life struct {
	t         interface{ Fatalf(string, ...any) }
	rehearsal *eventstore.Rehearsal
	equation  *equation
	log       []string
	told      []eventstore.Proposed
	ends      []int // of commands, in told
}

// yearPrices are prices by their code; all are of one family.
var yearPrices = []catalog.CreatePrice{
	{Product: "p10", Code: "small", Currency: "USD", Interval: "month", UnitAmount: new("3.33"), TaxRate: new("0.19"), MaxSeats: new(int64(4))},
	{Product: "p20", Code: "middle", Currency: "USD", Interval: "month", UnitAmount: new("9.99"), TaxRate: new("0.19"), TaxBehavior: new("inclusive")},
	{Product: "p20", Code: "yearly", Currency: "USD", Interval: "year", UnitAmount: new("99.95"), TaxRate: new("0.19")},
	{Product: "p30", Code: "large", Currency: "USD", Interval: "month", UnitAmount: new("25.00"), MinSeats: new(int64(2))},
	{Product: "p20", Code: "euro", Currency: "EUR", Interval: "month", UnitAmount: new("12.50"), Proration: new("second")},
	{Product: "p30", Code: "yen", Currency: "JPY", Interval: "month", UnitAmount: new("1500"), TaxRate: new("0.1")},
	{Product: "p10", Code: "dinar", Currency: "KWD", Interval: "month", UnitAmount: new("1.255"), TaxRate: new("0.05")},
	{Product: "p10", Code: "volume", Currency: "USD", Interval: "month", TaxRate: new("0.19"), Scheme: new("volume"), Tiers: []catalog.Tier{
		{UpTo: new(int64(4)), UnitAmount: new("8.00")}, {UnitAmount: new("4.00")},
	}},
	{Product: "p20", Code: "bulk", Currency: "USD", Interval: "month", Scheme: new("volume"), TaxRate: new("0.19"), TaxBehavior: new("inclusive"), Tiers: []catalog.Tier{
		{UpTo: new(int64(1)), UnitAmount: new("49.99")}, {UpTo: new(int64(4)), UnitAmount: new("19.99")}, {UnitAmount: new("7.77")},
	}},
}

func newLife(t interface{ Fatalf(string, ...any) }) *life {
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	l := &life{t: t, rehearsal: eventstore.NewRehearsal(codec), equation: newEquation()}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l.must(begin, plain(command.CreateProduct(catalog.CreateProduct{Code: "free", Name: "Free", Tier: new(0), Free: true, FreeSeats: new(int64(3))})))
	for _, tier := range []int{10, 20, 30} {
		code := fmt.Sprintf("p%d", tier)
		l.must(begin, plain(command.CreateProduct(catalog.CreateProduct{Code: code, Name: code, Tier: new(tier)})))
	}
	for _, coupon := range yearCoupons(t) {
		l.must(begin, plain(command.CreateCoupon(coupon)))
	}
	for _, price := range yearPrices {
		price.TrialDays = new(14)
		l.must(begin, plain(command.CreatePrice(price)))
	}
	return l
}

// yearCoupons makes a coupon of each kind, whose codes are their numbers.
func yearCoupons(t interface{ Fatalf(string, ...any) }) (coupons []catalog.CreateCoupon) {
	for _, minor := range []int64{0, 1, 1_700, 9_999} {
		off, err := money.FromMinor("USD", minor)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, c := range []catalog.CreateCoupon{{Duration: "once"}, {Duration: "periods", Periods: new(2)}, {Duration: "forever"}} {
			c.Code, c.AmountOff = fmt.Sprint(len(coupons)), &off
			if minor == 0 {
				c.AmountOff, c.PercentOff = nil, new("33.33")
			}
			coupons = append(coupons, c)
		}
	}
	return append(coupons, catalog.CreateCoupon{Code: fmt.Sprint(len(coupons)), PercentOff: new("10"), Duration: "months", Months: new(5)})
}

// plain forgets the result of a command.
func plain[R any](c command.Command[R]) eventstore.Command {
	return eventstore.Command{Resource: c.Resource, Reads: c.Reads, Writes: c.Writes, Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
		_, err := c.Decide(d)
		return eventstore.Answer{}, err
	}}
}

// do carries a command out, and checks all amounts after it. A refusal is no fault.
func (l *life) do(now time.Time, c eventstore.Command) (events int, err error) {
	proposed, err := l.rehearsal.Execute(c, now)
	if err != nil && !errors.As(err, new(*domain.Rejection)) {
		l.t.Fatalf("at %v: %v", now, err)
	}
	l.tell(proposed)
	for _, e := range proposed {
		data, err := json.Marshal(e.Fact)
		if err != nil {
			l.t.Fatalf("%v", err)
		}
		l.log = append(l.log, fmt.Sprintf("%s %v %s %s", e.Stream, e.EffectiveAt, e.Fact.EventType(), data))
		l.equation.follow(e.Stream, e.Fact)
	}
	if err := l.equation.check(); err != nil {
		l.t.Fatalf("at %v: %v\nafter %s", now, err, strings.Join(l.log[max(0, len(l.log)-len(proposed)):], "\n"))
	}
	return len(proposed), err
}

// tell keeps the events of a command.
func (l *life) tell(proposed []eventstore.Proposed) {
	l.told = append(l.told, proposed...)
	l.ends = append(l.ends, len(l.told))
}

func (l *life) must(now time.Time, c eventstore.Command) {
	if _, err := l.do(now, c); err != nil {
		l.t.Fatalf("%v", err)
	}
}

func (l *life) run(now time.Time) int {
	n, err := l.do(now, plain(command.RunSubscription("w", true)))
	if err != nil {
		l.t.Fatalf("at %v: %v", now, err)
	}
	return n
}

func (l *life) subscription() subscription.State {
	return eventstore.RehearsedState[subscription.State](l.rehearsal, subscription.Stream("w"))
}

// step is one thing that a client does, and when. It is drawn as numbers and made a command of whatever state it meets, so
// that the same steps can be told twice.
type step struct {
	at   time.Time
	do   string
	n    int
	name string
}

func drawSteps(t *rapid.T) []step {
	at := time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC)
	end := at.AddDate(1, 0, 0)
	var steps []step
	for n := 0; at.Before(end); n++ {
		steps = append(steps, step{
			at: at, n: rapid.IntRange(0, 1_000).Draw(t, "n"), name: fmt.Sprintf("%d", n),
			do: rapid.SampledFrom([]string{"create", "create", "create", "price", "price", "seats", "seats", "cancel", "uncancel", "uncancel",
				"unused", "pause", "resume", "resume", "collection", "coupon", "trial", "convert", "convert", "pay", "pay", "latest", "latest",
				"latest", "part", "void", "credit", "credit", "write off", "write off", "sit", "leave", "undo", "grant", "pay out",
				"tax", "item", "item", "drop item", "one-off"}).Draw(t, "do"),
		})
		at = at.Add(time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, "minutes")) * time.Minute)
	}
	return steps
}

// take does a step, after all that was due before.
func (l *life) take(s step) {
	l.run(s.at)
	if c := l.command(s); c != nil {
		_, _ = l.do(s.at, *c)
	}
	now := l.subscription()
	pool := eventstore.RehearsedState[seating.State](l.rehearsal, seating.Stream("w"))
	if inUse := pool.SeatsInUse(); now.Entitled() && inUse > now.Seats {
		l.t.Fatalf("%s at %v: %d seats are in use, and %d are bought", s.do, s.at, inUse, now.Seats)
	}
	if now.Entitled() && !now.Terms.AllowsSeats(now.Seats) {
		l.t.Fatalf("%s at %v: %d seats of %s, which does not have them", s.do, s.at, now.Seats, now.Terms.Price)
	}
}

func (l *life) command(s step) *eventstore.Command {
	b, price := subscription.Billing{Change: "c" + s.name, Invoice: "i" + s.name}, yearPrices[s.n%len(yearPrices)].Code
	collections := []subscription.Collection{subscription.CollectionAutomatic, subscription.CollectionSendInvoice}
	settlements := []subscription.Settlement{subscription.SettlementNone, subscription.SettlementCredit, subscription.SettlementRefund}
	anchors, coupon := []subscription.ResumeAnchor{subscription.ResumeNow, subscription.ResumeUnchanged}, new(fmt.Sprint(s.n%13))
	switch s.do {
	case "create":
		return new(plain(command.CreateSubscription("w", subscription.Create{Billing: b, ID: "s" + s.name, Price: price,
			Seats: int64(1 + s.n%7), Collection: collections[s.n%2], DaysUntilDue: new(s.n % 40), Coupon: coupon})))
	case "price":
		if s.n%3 == 0 {
			fewer := []*int64{nil, new(int64(1 + s.n%9))}[s.n/4%2]
			return new(plain(command.DowngradeSubscription("w", subscription.Downgrade{Change: b.Change, Price: price, Seats: fewer})))
		}
		return new(plain(command.UpgradeSubscription("w", subscription.Upgrade{Billing: b, Price: price})))
	case "seats":
		return new(plain(command.ChangeSeats("w", subscription.ChangeSeats{Billing: b, Seats: int64(1 + s.n%12)})))
	case "unused":
		return new(plain(command.RemoveUnusedSeats("w", b.Change)))
	case "cancel":
		when := []string{"now", "period_end", s.at.AddDate(0, 0, 1+s.n%60).Format(time.RFC3339)}[s.n%3]
		return new(plain(command.CancelSubscription("w", subscription.Cancel{Billing: b, When: when, Settlement: &settlements[s.n/3%3]})))
	case "uncancel":
		return new(plain(command.UncancelSubscription("w")))
	case "pause":
		return new(plain(command.PauseSubscription("w", subscription.Pause{Billing: b})))
	case "resume":
		return new(plain(command.ResumeSubscription("w", subscription.Resume{Billing: b, Anchor: &anchors[s.n%2]})))
	case "collection":
		return new(plain(command.ChangeCollection("w", subscription.ChangeCollection{Collection: collections[s.n%2]})))
	case "coupon":
		return new(plain(command.ApplyDiscount("w", *coupon)))
	case "trial":
		return new(plain(command.StartTrial("w", subscription.StartTrial{ID: "s" + s.name, Price: price, Coupon: coupon})))
	case "convert":
		return new(plain(command.ConvertTrial("w", subscription.ConvertTrial{Billing: b, Collection: &collections[s.n%2], Coupon: coupon})))
	case "undo":
		if s.n%2 == 0 {
			return new(plain(command.CancelPendingChange("w")))
		}
		return new(plain(command.CancelPendingUpdate("w")))
	}
	return l.other(s)
}

// other makes the commands on seats and on money.
func (l *life) other(s step) *eventstore.Command {
	currency := money.Currency([]string{"USD", "USD", "EUR", "JPY"}[s.n%4])
	amount, err := money.FromMinor(currency, int64(1+s.n))
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	switch s.do {
	case "sit":
		return new(plain(command.AllocateSeat("w", seating.Allocate{Member: s.name, Role: seating.RoleMember})))
	case "leave":
		return new(plain(command.ReleaseSeat("w", fmt.Sprint(s.n%20))))
	case "grant":
		return new(plain(command.GrantCredit("w", account.Grant{ID: "g" + s.name, Amount: amount, Reason: "sorry"})))
	case "pay out":
		return new(plain(command.RefundCredit("w", account.Refund{ID: "r" + s.name, Amount: amount, Reason: "asked"})))
	}
	if c := l.beside(s, currency, amount); c != nil {
		return c
	}
	return l.onInvoice(s)
}

func (l *life) onInvoice(s step) *eventstore.Command {
	open := l.equation.having(func(i invoice.State) bool { return s.do == "part" || len(i.AvailableActions()) > 0 })
	if len(open) == 0 {
		return nil
	}
	id := open[s.n%len(open)]
	if s.do == "latest" {
		id = open[len(open)-1]
	}
	state := l.equation.invoices[id]
	amount, err := money.FromMinor(state.Bill.Currency, int64(1+s.n))
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	switch s.do {
	case "pay", "latest", "part":
		if s.do != "part" {
			amount = state.Owed()
		}
		return new(plain(command.RecordPayment(id, invoice.RecordPayment{Payment: "p" + s.name, Amount: amount, Reference: "wire"})))
	case "void":
		return new(plain(command.VoidInvoice(id, "by hand")))
	case "write off":
		return new(plain(command.WriteOff(id, invoice.WriteOff{Reason: "gone"})))
	}
	return new(plain(command.IssueCreditNote(id, invoice.Credit{CreditNote: "n" + s.name, Amount: &amount, Reason: "sorry", Refund: s.n%2 == 0})))
}

// TestYear tells a year of anything that clients do to a workspace day by day, and in one jump from step to step: the same
// events to the last byte, every period billed exactly once, every total that of its lines, numbers without a hole, and after
// each step every cent accounted for.
func TestYear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		end := steps[len(steps)-1].at.AddDate(0, 4, 0)
		daily, jumping := newLife(t), newLife(t)
		day := steps[0].at
		for _, s := range steps {
			for ; day.Before(s.at); day = day.AddDate(0, 0, 1) {
				daily.run(day)
			}
			daily.take(s)
			if again := daily.run(s.at); again != 0 {
				t.Fatalf("run twice: %d events again", again)
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
		daily.checkBills()
		daily.checkPeriods()
		daily.checkItems()
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

// checkBills adds up the lines of all invoices.
func (l *life) checkBills() {
	numbers, keys := map[string]bool{}, map[string]bool{}
	for _, id := range l.equation.order {
		state := l.equation.invoices[id]
		sum := money.Zero(state.Bill.Currency)
		for _, line := range state.Bill.Lines {
			sum = sum.Plus(line.Gross())
			if state.Status == invoice.StatusVoided && state.Number == "" && line.Kind == pricing.LineKindItem {
				continue // it waits again
			}
			if keys[line.Key] {
				l.t.Fatalf("line %s twice", line.Key)
			}
			keys[line.Key] = true
		}
		if !sum.Equal(state.Bill.Total) {
			l.t.Fatalf("invoice %s: %v of lines %v", id, state.Bill.Total, sum)
		}
		l.checkLines(state)
		if state.Number != "" {
			numbers[state.Number] = true
		}
	}
	for n := range len(numbers) {
		if number := fmt.Sprintf("INV-%06d", n+1); !numbers[number] {
			l.t.Fatalf("there is no %s among %d", number, len(numbers))
		}
	}
}

// checkLines adds up by which lines of later invoices, and by which credit notes, each charge is credited: never more than
// it is, and never after the invoice was void.
func (l *life) checkLines(state invoice.State) {
	for i, line := range state.Bill.Lines {
		amount, tax := line.Base(), line.Tax
		for _, id := range l.equation.order {
			later := l.equation.invoices[id]
			for _, credit := range later.Bill.Lines {
				if credit.SourceLine != nil && *credit.SourceLine == line.Key && later.Status == invoice.StatusFinalized {
					amount, tax = amount.Plus(credit.Amount), tax.Plus(credit.Tax)
				}
			}
		}
		amount = amount.Minus(state.Lines[i].Amount.Minus(state.Prorated[i].Amount))
		tax = tax.Minus(state.Lines[i].Tax.Minus(state.Prorated[i].Tax))
		if line.Base().Sign() > 0 && (amount.Sign() < 0 || tax.Sign() < 0) {
			l.t.Fatalf("line %s is credited by %v and %v of tax too much", line.Key, amount.Neg(), tax.Neg())
		}
		if !amount.Equal(line.Base()) && state.Status == invoice.StatusVoided {
			l.t.Fatalf("line %s of a void invoice is credited", line.Key)
		}
	}
}

// checkPeriods follows the full charges: each begins where the one before ended, and no two overlap, except where a
// change cut the earlier one and credited the rest.
func (l *life) checkPeriods() {
	ends := map[string]time.Time{}
	for _, id := range l.equation.order {
		state := l.equation.invoices[id]
		if state.Status == invoice.StatusVoided && state.Number == "" {
			continue
		}
		for _, line := range state.Bill.Lines {
			sub, _, _ := strings.Cut(line.Key, "/")
			if line.Kind != pricing.LineKindCharge {
				continue
			}
			if end := ends[sub]; state.Reason == invoice.ReasonRenewal && !end.Equal(line.Period.Start) {
				l.t.Fatalf("line %s begins %v, and the one before ended %v", line.Key, line.Period.Start, end)
			}
			ends[sub] = line.Period.End
		}
	}
}
