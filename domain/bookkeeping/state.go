package bookkeeping

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/period"
)

// Type tells the store about the stream of this package.
var Type = domain.NewStreamType[Fact]("books", Evolve, PolicySet{}, MonthEnded{}, PeriodClosed{})

// Stream names the one stream of a ledger.
func Stream() domain.Stream { return domain.NewStream("books", "main") }

// Policy tells how the books are kept.
type Policy struct {
	TimeZone          string         `json:"time_zone"`
	Recognition       journal.Method `json:"recognition"`
	WriteOffTaxRelief bool           `json:"write_off_tax_relief"`
}

// Default gives the policy of a ledger that has set none.
func Default() Policy { return Policy{TimeZone: period.TimeZoneDefault, Recognition: journal.ByDay} }

// State tells how the books are kept, and how far they are.
type State struct {
	Set    *Policy       `json:"policy,omitempty"`
	Ended  journal.Month `json:"ended,omitzero"`  // the latest month that ended
	Closed journal.Month `json:"closed,omitzero"` // the latest period that is closed
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 200 }

// Policy gives the policy of now.
func (s State) Policy() Policy { return domain.Or(s.Set, Default()) }

// Deadline is the kind of deadline by which a month ends.
const Deadline = "recognition"

// NextDeadline tells when the next month ends. The first one is that in which the first invoice was issued; zero for none.
func (s State) NextDeadline(since time.Time) (kind string, at time.Time, ok bool) {
	if s.Ended == 0 && since.IsZero() {
		return "", time.Time{}, false
	}
	month := s.Ended + 1
	if s.Ended == 0 {
		month = journal.DayIn(since, s.zone()).Month()
	}
	return Deadline, s.endOf(month), true
}

func (s State) zone() *time.Location {
	zone, err := period.LoadZone(s.Policy().TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// endOf gives the instant at which a month is over in the books' time zone.
func (s State) endOf(month journal.Month) time.Time {
	year, next, day := (month + 1).First().Time().Date()
	return period.Midnight(period.Date{Year: year, Month: next, Day: day}, s.zone())
}

// Fact is an event of the books with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
