package journal

import (
	"math/big"

	"github.com/tallystick/tallystick/domain/money"
)

// Method says how what is billed for a time is earned.
type Method string

const (
	ByDay   Method = "day"   // by civil days
	ByMonth Method = "month" // by equal months
)

// Methods lists all of them.
var Methods = []Method{ByDay, ByMonth}

// Line follows one charge of an issued invoice until all of it is earned, taken back or given up.
type Line struct {
	Key       string       `json:"key"`
	Product   string       `json:"product,omitempty"`
	TaxRate   string       `json:"tax_rate,omitempty"`
	Inclusive bool         `json:"inclusive,omitzero"`
	Net       money.Amount `json:"net"` // as it was billed
	Tax       money.Amount `json:"tax"`
	Back      money.Amount `json:"back"`
	OneOff    bool         `json:"one_off,omitzero"` // it was earned at once
	Start     Day          `json:"start"`
	End       Day          `json:"end"` // the day behind the last
	Method    Method       `json:"method"`
	// Unearned is what stands in the account of deferred revenue. Rest is what stood there on the day Cut, from which on it is
	// earned evenly, and Through the last day that is accounted for.
	Unearned money.Amount `json:"unearned"`
	Rest     money.Amount `json:"rest"`
	Cut      Day          `json:"cut"`
	Through  Day          `json:"through"`
	// What was given up and is neither paid nor taken back since: of what was unearned, of what was earned, and tax.
	LostUnearned money.Amount `json:"lost_unearned"`
	LostEarned   money.Amount `json:"lost_earned"`
	LostTax      money.Amount `json:"lost_tax"`
}

// newLine begins a line of what is billed for some days. Without days it is earned at once.
func newLine(b billed, start, end Day, method Method) Line {
	none := money.Zero(b.Amount.Currency())
	l := Line{
		Key: b.Key, Product: b.Product, TaxRate: b.TaxRate, Inclusive: b.inclusive(), Net: b.net(), Tax: b.Tax, Back: none, Method: method,
		Start: start, End: max(end, start+1), Cut: start, Through: start - 1,
		Unearned: none, Rest: none, LostUnearned: none, LostEarned: none, LostTax: none,
	}
	if l.OneOff = b.Period.Start.Equal(b.Period.End); !l.OneOff {
		l.Unearned, l.Rest = l.Net, l.Net
	}
	return l
}

// units counts the parts of the line's time that have begun by the end of a day.
func (l Line) units(day Day) int64 {
	day = min(day, l.End-1)
	if day < l.Start {
		return 0
	}
	if l.Method != ByMonth {
		return int64(day-l.Start) + 1
	}
	n := int(day.Month() - l.Start.Month())
	if l.Start.addMonths(n) <= day {
		n++
	}
	return int64(n)
}

// owedBy computes what of the rest is to be earned by the end of a day.
func (l Line) owedBy(day Day) money.Amount {
	done := l.units(l.Cut - 1)
	parts := l.units(l.End-1) - done
	if day+1 >= l.End || parts <= 0 {
		return l.Rest
	}
	part, err := l.Rest.MulRatio(max(l.units(day)-done, 0), parts)
	if err != nil {
		return l.Rest
	}
	return part
}

// earned holds what a line has earned on a day.
type earned struct {
	day    Day
	amount money.Amount
}

// earn accounts for the time up to a day. What belongs to a month that is over is earned on the month's last day, the rest on the
// given one.
func (l *Line) earn(through, on Day) (all []earned) {
	for !l.OneOff && l.Through < through {
		to, day := (l.Through + 1).Month().Last(), (l.Through + 1).Month().Last()
		if to > through {
			to, day = through, on
		}
		amount := l.owedBy(to).Minus(l.Rest.Minus(l.Unearned))
		l.Through = to
		if l.Through+1 >= l.End {
			l.Through = max(l.Through, through)
		}
		if !amount.IsZero() {
			l.Unearned = l.Unearned.Minus(amount)
			all = append(all, earned{day, amount})
		}
	}
	return all
}

// Planned tells how much is to be earned in a month.
type Planned struct {
	Month  Month
	Amount money.Amount
}

// Plan gives what is still to be earned of the line, month by month. What is left behind its time belongs to the month of a day, and
// so does nothing where nothing is left.
func (l Line) Plan(today Day) (plan []Planned) {
	for _, e := range l.earn(l.End-1, l.End-1) {
		plan = append(plan, Planned{e.day.Month(), e.amount})
	}
	if !l.Unearned.IsZero() || len(plan) == 0 {
		plan = append(plan, Planned{max(today.Month(), (l.End-1).Month()+1), l.Unearned})
	}
	return plan
}

// takeBack lowers the line from a day on, up to which it is accounted for. It tells what of that was unearned; the rest was
// earned. Where the service ends it is unearned first, else in proportion.
func (l *Line) takeBack(net money.Amount, from Day, ends bool) (unearned money.Amount) {
	unearned = l.Unearned
	if left := l.Net.Minus(l.Back); !ends && !net.Equal(left) {
		unearned = share(l.Unearned, net, left)
	}
	unearned = within(unearned, within(net, l.Unearned))
	l.Back = l.Back.Plus(net)
	l.change(unearned.Neg(), from)
	if ends {
		l.End = min(l.End, max(from, l.Start))
	}
	return unearned
}

// change changes what is unearned from a day on. Nothing changes by nothing, or else what is earned later would be rounded anew.
func (l *Line) change(by money.Amount, from Day) {
	if by.IsZero() {
		return
	}
	l.Unearned = l.Unearned.Plus(by)
	l.Rest, l.Cut = l.Unearned, max(from, l.Start, l.Through+1)
}

// over gives what is earned at once, since the line's time is over. Its first day may begin later in the time zone of the books.
func (l *Line) over(on Day) []earned {
	if l.Through+1 < l.End || l.Unearned.IsZero() {
		return nil
	}
	amount := l.Unearned
	l.change(amount.Neg(), l.Cut)
	return []earned{{max(on, l.Start), amount}}
}

// giveUp takes a share of the line out of the books, and tells what of it was unearned.
func (l *Line) giveUp(net, tax money.Amount, from Day) (unearned money.Amount) {
	unearned = l.Unearned
	if left := l.Net.Minus(l.Back).Minus(l.LostUnearned).Minus(l.LostEarned); !net.Equal(left) {
		unearned = share(l.Unearned, net, left)
	}
	unearned = within(unearned, within(net, l.Unearned))
	l.change(unearned.Neg(), from)
	l.LostUnearned, l.LostEarned, l.LostTax = l.LostUnearned.Plus(unearned), l.LostEarned.Plus(net.Minus(unearned)), l.LostTax.Plus(tax)
	return unearned
}

// lost computes what is given up of the line, with tax.
func (l Line) lost() money.Amount { return l.LostUnearned.Plus(l.LostEarned).Plus(l.LostTax) }

// share computes of × part/whole, rounded half away from zero; nothing of nothing.
func share(of, part, whole money.Amount) money.Amount {
	if whole.IsZero() {
		return money.Zero(of.Currency())
	}
	ratio := new(big.Rat).Quo(part.Decimal().Rat(), whole.Decimal().Rat())
	rounded, err := money.RoundHalfAwayFromZero(of.Currency(), ratio.Mul(ratio, of.Decimal().Rat()))
	if err != nil {
		return money.Zero(of.Currency())
	}
	return rounded
}

// within holds an amount to what lies from nothing to a limit.
func within(amount, limit money.Amount) money.Amount {
	switch {
	case amount.Sign()*limit.Sign() <= 0:
		return money.Zero(amount.Currency())
	case limit.Sign() > 0 && amount.Minus(limit).Sign() > 0, limit.Sign() < 0 && amount.Minus(limit).Sign() < 0:
		return limit
	}
	return amount
}

// lesser gives the smaller of two amounts of one currency.
func lesser(a, b money.Amount) money.Amount {
	if a.Minus(b).Sign() > 0 {
		return b
	}
	return a
}
