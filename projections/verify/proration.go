package verify

import (
	"math/big"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// proration counts parts of periods again: a charge is the share of its full amount that its ratio says, and a credit line takes back
// the share of its source that is left, to the minor unit.
func proration() *check {
	return &check{Result: Result{Name: "proration"}, event: func(c *check, m *moment) {
		drafted, ok := m.Fact.(invoice.Drafted)
		if !ok || m.fault != nil {
			return
		}
		for _, line := range drafted.Bill.Lines {
			switch {
			case line.Kind == pricing.LineKindCredit && line.SourceLine != nil && line.SourceInvoice != "":
				creditedLine(c, m, drafted, line)
			case line.UnitAmount != "" && line.Amount.Sign() > 0 && (line.Kind == pricing.LineKindCharge || line.Kind == pricing.LineKindSeats):
				chargedLine(c, m, line)
			}
		}
	}}
}

// chargedLine counts a charge again that has one price for each unit.
func chargedLine(c *check, m *moment, line pricing.Line) {
	unit, ok := new(big.Rat).SetString(line.UnitAmount)
	currency := line.Amount.Currency()
	if _, decimals, _ := strings.Cut(line.UnitAmount, "."); !ok || len(decimals) > currency.Digits() {
		return // full amounts are rounded first
	}
	full := unit.Mul(unit, new(big.Rat).SetInt64(line.Quantity))
	if line.Ratio != nil {
		full.Mul(full, line.Ratio.Rat())
	}
	want, err := money.RoundHalfAwayFromZero(currency, full)
	c.holds(err == nil && want.Equal(line.Amount), m.Position, m.object(), "the charge %s is %s, and its part of %d times %s is %s", line.Key, line.Amount, line.Quantity,
		line.UnitAmount, want)
}

// creditedLine counts a credit line again, by the line that it takes back.
func creditedLine(c *check, m *moment, drafted invoice.Drafted, line pricing.Line) {
	s := stateOf[invoice.State](m.run, invoice.Stream(line.SourceInvoice))
	for i, source := range s.Bill.Lines {
		if source.Key != *line.SourceLine {
			continue
		}
		ends := line.Period.End.Equal(source.Period.End) && !line.Period.Start.Before(source.Period.Start)
		c.holds(ends, m.Position, m.object(), "the credit %s is of a time that its source %s has not", line.Key, source.Key)
		ratio, right := ratioOf(line, source, drafted.TimeZone)
		c.holds(right, m.Position, m.object(), "the credit %s is of %s of its source, whose rest is another share", line.Key, ratio)
		want, err := source.Base().MulRatio(ratio.Num, ratio.Den)
		if err != nil {
			c.holds(false, m.Position, m.object(), "the credit %s is of %s of its source", line.Key, ratio)
			return
		}
		back := line.Base().Neg()
		whole := source.Base().Sign() > 0 && len(line.Lowers) == 0 && len(s.CreditNotes) == 0 && s.Lines[i].Amount.IsZero() && s.Prorated[i].Amount.IsZero()
		c.holds(!whole || back.Equal(want), m.Position, m.object(), "the credit %s gives %s back, and %s of %s is %s", line.Key, back, ratio, source.Base(), want)
		return
	}
	c.holds(false, m.Position, m.object(), "the credit %s is of the line %s, which invoice %s has not", line.Key, *line.SourceLine, line.SourceInvoice)
}

// ratioOf gives the share that a credit line says, and whether it is what is left of its source's time, in days or in seconds.
func ratioOf(line, source pricing.Line, timeZone string) (said period.Ratio, right bool) {
	said = period.Ratio{Num: 1, Den: 1}
	if line.Ratio != nil {
		said = *line.Ratio
	}
	if said.Den == 0 {
		return said, false
	}
	zone, err := period.LoadZone(timeZone)
	if err != nil {
		zone = time.UTC
	}
	days := big.NewRat(1, 1)
	if all := period.Days(source.Period.Start, source.Period.End, zone); all != 0 {
		days = big.NewRat(int64(period.Days(line.Period.Start, line.Period.End, zone)), int64(all))
	}
	seconds := func(p period.Period) int64 { return int64((p.End.Sub(p.Start) + time.Second - 1) / time.Second) }
	if all := seconds(source.Period); all != 0 && big.NewRat(seconds(line.Period), all).Cmp(said.Rat()) == 0 {
		return said, true
	}
	return said, days.Cmp(said.Rat()) == 0
}
