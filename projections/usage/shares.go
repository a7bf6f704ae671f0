package usage

import (
	"maps"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// billedDays holds the days of a bill, and the history of the seats on them.
type billedDays struct {
	bill     pricing.Bill
	zone     *time.Location
	calendar calendar
	history  seatHistory
}

// newBilledDays makes the days of all lines of the bill, without a history.
func newBilledDays(bill pricing.Bill, zone *time.Location) billedDays {
	b := billedDays{bill: bill, zone: zone}
	var first, end period.Date
	for i, line := range bill.Lines {
		from, to := b.dates(line.Period)
		if i == 0 || from.Before(first) {
			first = from
		}
		if i == 0 || end.Before(to) {
			end = to
		}
	}
	b.calendar = newCalendar(first, first.DaysUntil(end), zone)
	return b
}

// dates gives the days of a period, up to but not including to. A period that begins and ends on one day has that day.
func (b billedDays) dates(p period.Period) (from, to period.Date) {
	from, to = period.DateIn(p.Start, b.zone), period.DateIn(p.End, b.zone)
	if !from.Before(to) {
		to = from.AddDays(1)
	}
	return from, to
}

// days gives the same days by their numbers.
func (b billedDays) days(p period.Period) (from, to int) {
	first, end := b.dates(p)
	return b.calendar.first.DaysUntil(first), b.calendar.first.DaysUntil(end)
}

// over gives the instant at which all periods and all their days have ended.
func (b billedDays) over() time.Time {
	over := b.calendar.end()
	for _, line := range b.bill.Lines {
		if line.Period.End.After(over) {
			over = line.Period.End
		}
	}
	return over
}

// shareOut shares out line by line and adds up the amounts of each member.
func (b billedDays) shareOut() (shares []pricing.Share, unassigned pricing.Share, err error) {
	none, err := money.FromMinor(b.bill.Currency, 0)
	if err != nil {
		return nil, unassigned, err
	}
	bought, held := b.bought(), b.held(0, b.calendar.len())
	amounts := map[string]money.Amount{unassigned.Member: none}
	for _, member := range held {
		amounts[member.Member] = none
	}
	for _, line := range b.bill.Lines {
		from, to := b.days(line.Period)
		parts, rest, err := pricing.ShareOut(line.Net(), total(bought[from:to]), b.held(from, to))
		if err != nil {
			return nil, unassigned, err
		}
		for _, part := range append(parts, pricing.Share{Amount: rest}) {
			if amounts[part.Member], err = amounts[part.Member].Add(part.Amount); err != nil {
				return nil, unassigned, err
			}
		}
	}
	unassigned = pricing.Share{Days: total(bought), Amount: amounts[unassigned.Member]}
	for _, member := range held {
		shares = append(shares, pricing.Share{Member: member.Member, Days: member.Days, Amount: amounts[member.Member]})
		unassigned.Days -= member.Days
	}
	unassigned.Days = max(0, unassigned.Days)
	return shares, unassigned, nil
}

// bought counts the seats that were bought on each day.
func (b billedDays) bought() []int64 {
	bought := make([]int64, b.calendar.len())
	for i := range bought {
		bought[i], _ = b.history.paid(b.calendar.starts[i+1])
	}
	for _, line := range b.bill.Lines {
		from, to := b.days(line.Period)
		for i := from; i < to; i++ {
			bought[i] = max(bought[i], line.Quantity)
		}
	}
	return bought
}

// held counts the days on which each member held a seat, from from up to but not including to, by name.
func (b billedDays) held(from, to int) []pricing.SeatDays {
	days := map[string]int64{}
	for _, s := range b.history.spans {
		first, end := b.calendar.day(s.since), b.calendar.len()
		if s.until != nil {
			end = b.calendar.day(*s.until)
		}
		if n := min(end, to) - max(first, from); n > 0 && s.kind == kindAllocated {
			days[s.member] += int64(n)
		}
	}
	var held []pricing.SeatDays
	for _, member := range slices.Sorted(maps.Keys(days)) {
		held = append(held, pricing.SeatDays{Member: member, Days: days[member]})
	}
	return held
}

func total(numbers []int64) (sum int64) {
	for _, n := range numbers {
		sum += n
	}
	return sum
}
