package pricing_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// fataler ends a test, whether rapid runs it or not.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// book keeps the lines of one subscription in force, as its state would, and prices what happens to it.
type book struct {
	t        fataler
	zone     string
	schedule period.Schedule
	terms    pricing.Terms
	seats    int64
	period   period.Period
	inForce  []pricing.Debit
	discount *pricing.Deduction
	changes  int
	keys     map[string]bool
	debits   map[string]pricing.Line
	credited map[string]money.Amount
	base     money.Amount // charged by the lines in force, less all that was taken back of them
	tax      money.Amount
}

// open begins a subscription at start whose periods are anchored at a date, the start's own if it is empty.
func open(t fataler, zone, anchor string, start time.Time, terms pricing.Terms, seats int64) (*book, pricing.Bill) {
	return openDiscounted(t, zone, anchor, start, terms, seats, nil)
}

func openDiscounted(t fataler, zone, anchor string, start time.Time, terms pricing.Terms, seats int64, d *pricing.Discount) (*book, pricing.Bill) {
	t.Helper()
	b := &book{t: t, zone: zone, keys: map[string]bool{}, debits: map[string]pricing.Line{}, credited: map[string]money.Amount{},
		base: money.Zero(terms.Currency), tax: money.Zero(terms.Currency)}
	location, err := period.LoadZone(zone)
	b.check(err)
	from := period.AnchorAt(start, location, terms.Proration)
	if anchor != "" {
		from.Date, err = period.ParseDate(anchor)
		b.check(err)
	}
	b.anchor(from, terms)
	if d != nil {
		b.discount = &pricing.Deduction{Value: *d, CycleMonths: terms.Cycle().Months()}
	}
	return b, b.begin(terms, seats, start)
}

func (b *book) anchor(at period.Anchor, terms pricing.Terms) {
	var err error
	b.schedule, err = period.NewSchedule(at, terms.Cycle(), b.zone, terms.Proration)
	b.check(err)
}

// begin charges the period that begins at an instant: a full one or a stub.
func (b *book) begin(terms pricing.Terms, seats int64, at time.Time) pricing.Bill {
	b.period, b.inForce = b.schedule.From(at), nil
	return b.bill(at, &pricing.Charge{Kind: pricing.LineKindCharge, Terms: terms, Seats: seats})
}

func (b *book) change(terms pricing.Terms, at time.Time) pricing.Bill {
	return b.bill(at, &pricing.Charge{Kind: pricing.LineKindCharge, Terms: terms, Seats: b.seats})
}

// changeInterval begins a new anchor and period.
func (b *book) changeInterval(terms pricing.Terms, at time.Time) pricing.Bill {
	old := b.schedule
	b.anchor(period.AnchorAt(at, old.Zone(), terms.Proration), terms)
	b.period = b.schedule.From(at)
	charge := pricing.Charge{Kind: pricing.LineKindCharge, Terms: terms, Seats: b.seats}
	return b.order(old, at, &charge)
}

func (b *book) addSeats(seats int64, at time.Time) pricing.Bill {
	return b.bill(at, &pricing.Charge{Kind: pricing.LineKindSeats, Terms: b.terms, Seats: seats, Before: b.seats})
}

// stop ends all service without another charge.
func (b *book) stop(at time.Time) pricing.Bill { return b.bill(at, nil) }

func (b *book) bill(at time.Time, charge *pricing.Charge) pricing.Bill {
	return b.order(b.schedule, at, charge)
}

func (b *book) order(billedBy period.Schedule, at time.Time, charge *pricing.Charge) pricing.Bill {
	b.t.Helper()
	b.changes++
	order := pricing.Order{
		Subscription: "s", Change: fmt.Sprintf("c%d", b.changes), Currency: b.terms.Currency, Schedule: billedBy, At: at,
		Charge: charge, Deduction: b.discount,
	}
	if charge == nil || charge.Kind == pricing.LineKindCharge {
		if order.Ends, b.inForce = b.inForce, nil; b.discount != nil {
			b.discount = new(b.discount.Ended(order.Ends, billedBy, at))
		}
	} else {
		order.Beside = b.inForce
	}
	if charge != nil {
		charge.Period = period.Period{Start: at, End: b.period.End}
		charge.Ratio = b.schedule.Remaining(b.period, at)
		order.Currency, b.terms, b.seats = charge.Terms.Currency, charge.Terms, charge.Seats
	}
	bill, err := pricing.Price(order)
	b.check(err)
	for _, line := range bill.Lines {
		if line.Kind == pricing.LineKindCharge {
			b.checkLeft()
			b.base, b.tax = money.Zero(b.terms.Currency), money.Zero(b.terms.Currency)
		}
		b.note(line)
	}
	b.checkLeft()
	return bill
}

// note checks what holds for every line ever billed.
func (b *book) note(line pricing.Line) {
	b.t.Helper()
	if b.keys[line.Key] {
		b.t.Fatalf("line %s twice", line.Key)
	}
	b.keys[line.Key] = true
	if line.Discount.Minor().CmpAbs(line.Amount.Minor()) > 0 || line.Discount.Sign()*line.Amount.Sign() < 0 {
		b.t.Fatalf("line %s: discount %v of %v", line.Key, line.Discount, line.Amount)
	}
	b.take(line.Base().Neg(), line.Tax.Neg())
	if line.SourceLine == nil {
		b.debits[line.Key] = line
		var err error
		b.inForce, err = pricing.PutInForce(b.inForce, line, "invoice", b.schedule)
		b.check(err)
		return
	}
	debit := b.debits[*line.SourceLine]
	if _, again := b.credited[debit.Key]; again {
		b.t.Fatalf("line %s is credited twice", debit.Key)
	}
	b.credited[debit.Key] = line.Amount
	if line.Amount.Minor().CmpAbs(debit.Base().Minor()) > 0 || line.Tax.Minor().CmpAbs(debit.Tax.Minor()) > 0 ||
		line.Amount.Sign()*debit.Base().Sign() > 0 {
		b.t.Fatalf("%s: credited %v and tax %v of %v and tax %v", debit.Key, line.Amount, line.Tax, debit.Base(), debit.Tax)
	}
}

func (b *book) take(base, tax money.Amount) {
	b.base, b.tax = b.base.Minus(base), b.tax.Minus(tax)
}

// checkLeft holds that nothing is ever taken back that was not charged.
func (b *book) checkLeft() {
	b.t.Helper()
	if b.base.Sign() < 0 || b.tax.Sign() < 0 {
		b.t.Fatalf("%v and %v of tax are taken back too much", b.base.Neg(), b.tax.Neg())
	}
}

// creditByHand takes a share of what is left of a line in force back.
func (b *book) creditByHand(line int, num, den int64) {
	b.t.Helper()
	left, leftTax := b.inForce[line].Left()
	base, err := left.MulRatio(num, den)
	b.check(err)
	tax, err := leftTax.MulRatio(num, den)
	b.check(err)
	b.inForce[line] = b.inForce[line].Credit(base, tax)
	b.take(base, tax)
	b.checkLeft()
}

func (b *book) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%v", err)
	}
}

// amounts are the lines' amounts in order, such as "-645 968".
func amounts(bill pricing.Bill) string {
	var all []string
	for _, line := range bill.Lines {
		all = append(all, line.Amount.Plain())
	}
	return strings.Join(all, " ")
}

// price is per seat, by day, without tax.
func price(code string, currency money.Currency, unit string, interval period.Interval, count int) pricing.Terms {
	return pricing.Terms{
		Price: code, Product: "p", Currency: currency, Interval: interval, IntervalCount: count, Scheme: pricing.SchemePerUnit,
		UnitAmount: unit, MinSeats: 1, TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive, Proration: period.ProrationDay,
	}
}

func monthly(currency money.Currency, unit string) pricing.Terms {
	return price("monthly-"+unit, currency, unit, period.IntervalMonth, 1)
}

func yearly(currency money.Currency, unit string) pricing.Terms {
	return price("yearly-"+unit, currency, unit, period.IntervalYear, 1)
}

func taxed(t pricing.Terms, rate string, behavior pricing.TaxBehavior) pricing.Terms {
	t.TaxRate, t.TaxBehavior = rate, behavior
	return t
}

func bySecond(t pricing.Terms) pricing.Terms {
	t.Proration = period.ProrationSecond
	return t
}

func at(text string) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	panic(text)
}
