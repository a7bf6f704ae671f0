package usage

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections/engine"
)

// calendar numbers a run of civil days: day i is from starts[i] up to but not including starts[i+1].
type calendar struct {
	first  period.Date
	starts []time.Time
}

func newCalendar(first period.Date, days int, zone *time.Location) calendar {
	c := calendar{first: first}
	for i := range days + 1 {
		c.starts = append(c.starts, period.Midnight(first.AddDays(i), zone))
	}
	return c
}

func (c calendar) len() int { return len(c.starts) - 1 }

func (c calendar) end() time.Time { return c.starts[c.len()] }

// day gives the number of the day of an instant: 0 before the first, and [calendar.len] behind the last.
func (c calendar) day(t time.Time) int {
	return sort.Search(c.len(), func(i int) bool { return c.starts[i+1].After(t) })
}

// seatHistory holds the changes of a workspace's seats on the days of a calendar, and the state before them.
type seatHistory struct {
	spans []*span
	plans []planChange
	free  []freePlan
}

func loadSeatHistory(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, days calendar) (seatHistory, error) {
	var h seatHistory
	var err error
	h.spans, err = engine.List(ctx, tx, "read spans", scanSpan, `
		SELECT `+spanColumns+`
		FROM seats s
		WHERE s.ledger_id = $1 AND s.workspace = $2 AND s.until >= $3 AND s.until > '-infinity' AND s.since < $4`,
		[16]byte(ledger), workspace, days.starts[0], days.end())
	if err != nil {
		return h, err
	}
	if h.plans, err = findPlans(ctx, tx, ledger, workspace, days.end()); err != nil {
		return h, err
	}
	h.free, err = findFreePlans(ctx, tx, ledger)
	return h, err
}

// paid counts the seats that were bought just before an instant; it reports false on the free plan.
func (h seatHistory) paid(before time.Time) (seats int64, is bool) {
	i := sort.Search(len(h.plans), func(i int) bool { return !h.plans[i].since.Before(before) })
	if i == 0 || h.plans[i-1].purchased == nil {
		return 0, false
	}
	return *h.plans[i-1].purchased, true
}

// purchased counts the same seats, or those of the free plan of that time.
func (h seatHistory) purchased(before time.Time) int64 {
	if seats, is := h.paid(before); is {
		return seats
	}
	for _, free := range h.free {
		if free.since.Before(before) && (free.until == nil || !free.until.Before(before)) {
			return free.seats
		}
	}
	return 0
}

// count sums up each day.
func (h seatHistory) count(c calendar) []Day {
	days := make([]Day, c.len())
	use := seatUse{limits: seating.State{}.Limits(), ahead: h.changes()}
	use.advance(c.starts[0])
	for i := range days {
		high := int64(0)
		if !use.changesAt(c.starts[i]) {
			high = use.inUse() // as it was left by the day before
		}
		high = max(high, use.advance(c.starts[i+1]))
		days[i] = Day{
			Date: c.first.AddDays(i), Allocated: use.use.Allocated, Purchased: h.purchased(c.starts[i+1]), HighWater: high,
		}
	}
	return days
}

// useChange is a change of use by one command, or by an invitation that lapses.
type useChange struct {
	at      time.Time
	command int64 // 0 where no command says so yet
	kind    seatKind
	seats   int64
	limits  *seating.Limits // from now on, nil where the plan stays
}

// changes gives all changes of use in their order.
func (h seatHistory) changes() []useChange {
	var changes []useChange
	for _, s := range h.spans {
		changes = append(changes, useChange{at: s.since, command: s.began, kind: s.kind, seats: 1})
		if s.until != nil {
			changes = append(changes, useChange{at: *s.until, command: s.ended, kind: s.kind, seats: -1})
		}
	}
	for _, p := range h.plans {
		changes = append(changes, useChange{at: p.since, command: p.began, limits: new(p.limits())})
	}
	slices.SortStableFunc(changes, func(a, b useChange) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.command, b.command))
	})
	return changes
}

// seatUse walks through the changes of a use.
type seatUse struct {
	limits seating.Limits
	use    seating.Use
	ahead  []useChange
}

func (u *seatUse) inUse() int64 { return u.limits.InUse(u.use) }

func (u *seatUse) changesAt(t time.Time) bool { return len(u.ahead) > 0 && u.ahead[0].at.Equal(t) }

// advance carries out the changes before an instant, and gives the most seats in use after any one command.
func (u *seatUse) advance(before time.Time) (high int64) {
	for len(u.ahead) > 0 && u.ahead[0].at.Before(before) {
		first := u.ahead[0]
		for len(u.ahead) > 0 && u.ahead[0].at.Equal(first.at) && u.ahead[0].command == first.command {
			u.apply(u.ahead[0])
			u.ahead = u.ahead[1:]
		}
		high = max(high, u.inUse())
	}
	return high
}

func (u *seatUse) apply(change useChange) {
	switch {
	case change.limits != nil:
		u.limits = *change.limits
	case change.kind == kindAllocated:
		u.use.Allocated += change.seats
	case change.kind == kindReserved:
		u.use.Reserved += change.seats
	case change.kind == kindGuest:
		u.use.Guests += change.seats
	}
}
