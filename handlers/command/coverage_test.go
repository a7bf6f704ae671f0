package command_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// coverage follows which seats the documents of a workspace charge for which time, and which it had: nobody has seats that
// no line is of. It knows of the rules that the day of a change belongs to what comes after, and that a line which was
// credited covers nothing from there on.
type coverage struct {
	lines   map[string]*charged // by key
	order   []string
	drafts  map[string]pricing.Bill // by invoice
	had     []seats                 // in order
	zone    *time.Location
	checked time.Time // up to the end of this day
}

// charged is a line for seats, up to the instant at which the rest of it was taken back.
type charged struct {
	quantity   int64
	start, end time.Time
}

// seats counts the seats that a workspace had from an instant on; on the free plan and in a trial they cost nothing.
type seats struct {
	from   time.Time
	number int64
}

func newCoverage() *coverage {
	return &coverage{lines: map[string]*charged{}, drafts: map[string]pricing.Bill{}, zone: time.UTC}
}

// follow takes one event into account.
func (c *coverage) follow(e eventstore.Proposed) error {
	switch fact := e.Fact.(type) {
	case subscription.Created:
		zone, err := time.LoadLocation(fact.TimeZone)
		if err != nil {
			return err
		}
		c.zone = zone
	case seating.LimitsChanged:
		had := seats{from: e.EffectiveAt}
		if fact.Source == seating.SourceSubscription && !fact.Closed {
			had.number = fact.Purchased
		}
		c.had = append(c.had, had)
	case invoice.Drafted:
		c.drafts[fact.ID] = fact.Bill
	case invoice.Finalized:
		for _, line := range c.drafts[fact.ID].Lines {
			c.bill(line)
			if err := errors.Join(c.checkAmount(line), checkDiscount(line)); err != nil {
				return err
			}
		}
	case invoice.Credited:
		if fact.From != nil {
			for _, line := range fact.Lines {
				c.cut(line.Key, *fact.From)
			}
		}
	}
	return nil
}

func (c *coverage) bill(line pricing.Line) {
	switch {
	case line.SourceLine != nil:
		c.cut(*line.SourceLine, line.Period.Start)
	case line.Kind == pricing.LineKindCharge || line.Kind == pricing.LineKindSeats:
		c.order = append(c.order, line.Key)
		c.lines[line.Key] = &charged{quantity: line.Quantity, start: line.Period.Start, end: line.Period.End}
	}
}

// checkAmount computes a charge by hand: so many seats at the price, for as many of the days as its period has.
func (c *coverage) checkAmount(line pricing.Line) error {
	at := slices.IndexFunc(yearPrices, func(p catalog.CreatePrice) bool { return p.Code == line.Price })
	if line.SourceLine != nil || at < 0 || yearPrices[at].UnitAmount == nil {
		return nil
	}
	exact, ok := new(big.Rat).SetString(*yearPrices[at].UnitAmount)
	if !ok {
		return fmt.Errorf("no unit amount in %+v", yearPrices[at])
	}
	exact.Mul(exact, big.NewRat(line.Quantity, 1))
	if line.Ratio != nil {
		exact.Mul(exact, big.NewRat(line.Ratio.Num, line.Ratio.Den))
		days := int64(c.date(line.Period.End).Sub(c.date(line.Period.Start)) / (24 * time.Hour))
		if yearPrices[at].Proration == nil && line.Ratio.Num != days {
			return fmt.Errorf("line %s is charged for %v, and has %d days", line.Key, line.Ratio, days)
		}
	}
	amount, err := money.RoundHalfAwayFromZero(line.Amount.Currency(), exact)
	if err != nil || !amount.Equal(line.Amount) {
		return fmt.Errorf("line %s is charged %v, and should be %v, %w", line.Key, line.Amount, amount, err)
	}
	return nil
}

// checkDiscount holds what a coupon takes off a line between nothing and all of it.
func checkDiscount(line pricing.Line) error {
	left := line.Amount.Minus(line.Discount)
	if line.Amount.Sign()*left.Sign() < 0 || line.Amount.Sign()*line.Discount.Sign() < 0 {
		return fmt.Errorf("line %s of %v has a discount of %v", line.Key, line.Amount, line.Discount)
	}
	return nil
}

// date is the midnight, in UTC, of the civil day of an instant.
func (c *coverage) date(at time.Time) time.Time {
	year, month, day := at.In(c.zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (c *coverage) cut(key string, at time.Time) {
	if line := c.lines[key]; line != nil && at.Before(line.end) {
		line.end = at
	}
}

// check looks at the end of each local day up to now that was not looked at before.
func (c *coverage) check(now time.Time) error {
	if len(c.had) == 0 {
		return nil
	}
	if c.checked.IsZero() {
		c.checked = c.had[0].from
	}
	for {
		year, month, day := c.checked.In(c.zone).Date()
		next := time.Date(year, month, day+1, 0, 0, 0, 0, c.zone)
		if next.After(now) {
			return nil
		}
		if err := c.at(next.Add(-time.Microsecond)); err != nil {
			return err
		}
		c.checked = next
	}
}

func (c *coverage) at(instant time.Time) error {
	var had, covered int64
	for _, s := range c.had {
		if !s.from.After(instant) {
			had = s.number
		}
	}
	for _, key := range c.order {
		if line := c.lines[key]; !line.start.After(instant) && line.end.After(instant) {
			covered += line.quantity
		}
	}
	if had > covered {
		return fmt.Errorf("at %v the workspace has %d seats, and %d are charged", instant, had, covered)
	}
	return nil
}
