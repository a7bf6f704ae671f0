package usage

import (
	"time"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// sharedLine holds what a document bills, or takes back, of seats for a period.
type sharedLine struct {
	amount money.Amount // less the discount and before tax
	period period.Period
}

// billedLines gives the lines of a bill that are of seats.
func billedLines(bill pricing.Bill) (lines []sharedLine) {
	for _, line := range bill.Lines {
		if line.OfSeats() {
			lines = append(lines, sharedLine{amount: line.Net(), period: line.Period})
		}
	}
	return lines
}

// creditedLines gives what a credit note takes back of billed lines that are of seats: amounts of the other sign, over the
// days that it takes back.
func creditedLines(billed []pricing.Line, note invoice.Credited) (lines []sharedLine) {
	for _, credited := range note.Lines {
		for _, line := range billed {
			if line.Key != credited.Key || !line.OfSeats() {
				continue
			}
			back := sharedLine{amount: credited.Amount.Neg(), period: line.Period}
			if line.TaxBehavior == pricing.TaxBehaviorInclusive {
				back.amount = back.amount.Plus(credited.Tax)
			}
			if note.From != nil && note.From.After(back.period.Start) {
				back.period.Start = *note.From
			}
			lines = append(lines, back)
		}
	}
	return lines
}

// sharedDays holds the days of all lines of a document, and the history of the seats on them.
type sharedDays struct {
	currency money.Currency
	lines    []sharedLine // at least one
	zone     *time.Location
	calendar calendar
	history  seatHistory
}

// newSharedDays makes the days without a history.
func newSharedDays(currency money.Currency, lines []sharedLine, zone *time.Location) sharedDays {
	s := sharedDays{currency: currency, lines: lines, zone: zone}
	var first, end period.Date
	for i, line := range lines {
		from, to := s.dates(line.period)
		if i == 0 || from.Before(first) {
			first = from
		}
		if i == 0 || end.Before(to) {
			end = to
		}
	}
	s.calendar = newCalendar(first, first.DaysUntil(end), zone)
	return s
}

// dates gives the days of a period, up to but not including to. A period that begins and ends on one day has that day.
func (s sharedDays) dates(p period.Period) (from, to period.Date) {
	from, to = period.DateIn(p.Start, s.zone), period.DateIn(p.End, s.zone)
	if !from.Before(to) {
		to = from.AddDays(1)
	}
	return from, to
}

// days gives the same days by their numbers.
func (s sharedDays) days(p period.Period) (from, to int) {
	first, end := s.dates(p)
	return s.calendar.first.DaysUntil(first), s.calendar.first.DaysUntil(end)
}

// over gives the instant at which all periods and all their days have ended.
func (s sharedDays) over() time.Time {
	over := s.calendar.end()
	for _, line := range s.lines {
		if line.period.End.After(over) {
			over = line.period.End
		}
	}
	return over
}

// shareOut shares out line by line and adds up the amounts of each member.
func (s sharedDays) shareOut() (shares []pricing.Share, unassigned pricing.Share, err error) {
	none, bought := money.Zero(s.currency), s.bought()
	// Sharing nothing counts the days of each member.
	shares, unassigned.Amount, err = pricing.ShareOut(none, bought, s.held(0, s.calendar.len()))
	if err != nil {
		return nil, unassigned, err
	}
	at := make(map[string]int, len(shares))
	for i, share := range shares {
		at[share.Member] = i
	}
	for _, line := range s.lines {
		from, to := s.days(line.period)
		parts, rest, err := pricing.ShareOut(line.amount, bought[from:to], s.held(from, to))
		if err != nil {
			return nil, unassigned, err
		}
		for _, part := range parts {
			share := &shares[at[part.Member]]
			share.Amount = share.Amount.Plus(part.Amount)
		}
		unassigned.Amount = unassigned.Amount.Plus(rest)
	}
	unassigned.Days = s.unheld(bought)
	return shares, unassigned, nil
}

// bought counts the seats that were bought on each day.
func (s sharedDays) bought() []int64 {
	bought := make([]int64, s.calendar.len())
	for i := range bought {
		bought[i], _ = s.history.paid(s.calendar.starts[i+1])
	}
	return bought
}

// unheld counts the days of bought seats that nobody held.
func (s sharedDays) unheld(bought []int64) (days int64) {
	inUse := make([]int64, len(bought))
	for _, h := range s.held(0, s.calendar.len()) {
		for day := h.From; day < h.To; day++ {
			inUse[day]++
		}
	}
	for day, n := range bought {
		days += max(0, n-inUse[day])
	}
	return days
}

// held tells on which of the days from from up to but not including to somebody held a seat, numbered from from.
func (s sharedDays) held(from, to int) (held []pricing.Held) {
	for _, span := range s.history.spans {
		first, end := s.calendar.day(span.since), s.calendar.len()
		if span.until != nil {
			end = s.calendar.day(*span.until)
		}
		if first, end = max(first, from), min(end, to); first < end && span.kind == kindAllocated {
			held = append(held, pricing.Held{Member: span.member, From: first - from, To: end - from})
		}
	}
	return held
}
