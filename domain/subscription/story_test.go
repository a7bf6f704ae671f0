package subscription

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	now  = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}

	basic    = terms("basic-monthly", 10, period.IntervalMonth, "5.00")
	pro      = terms("pro-monthly", 20, period.IntervalMonth, "10.00")
	starter  = terms("starter-monthly", 5, period.IntervalMonth, "3.00")
	business = terms("business-monthly", 30, period.IntervalMonth, "20.00")
	proYear  = terms("pro-yearly", 20, period.IntervalYear, "100.00")
	half     = pricing.Discount{Coupon: "half", PercentOff: "50", Duration: pricing.DurationOnce}
	bill1    = Billing{Change: "c1", Invoice: "i1"}
)

func terms(price string, tier int, interval period.Interval, unit string) pricing.Terms {
	return pricing.Terms{
		Price: price, Product: "pro", Family: "main", Tier: tier, Currency: "USD", Interval: interval, IntervalCount: 1,
		Scheme: pricing.SchemePerUnit, UnitAmount: unit, TrialDays: 14, MinSeats: 2, MaxSeats: new(int64(100)), TaxRate: "0",
		TaxBehavior: pricing.TaxBehaviorExclusive, Proration: period.ProrationDay, GuestsPerSeat: 5,
	}
}

func with(t pricing.Terms, change func(*pricing.Terms)) pricing.Terms {
	change(&t)
	return t
}

func usd(minor int64) money.Amount {
	amount, err := money.FromMinor("USD", minor)
	if err != nil {
		panic(err)
	}
	return amount
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// story tells what commands come to, one after the other on one stream. Events are told in short: what they are, and of
// bills the amounts of the lines.
type story struct {
	t     *testing.T
	state State
	now   time.Time
	n     int  // commands so far, which makes ids
	late  bool // nobody pays the invoices that are sent, as else at once
}

// sold is 3 seats of pro for a month from June 1, in UTC by day: 30.00, and 1.00 a day.
func sold(t *testing.T, collection Collection) *story {
	t.Helper()
	s := &story{t: t, now: day(2026, 6, 1)}
	create := Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: collection}
	if collection == CollectionAutomatic {
		s.do(create, "created incomplete", "update_pending create 30.00")
		s.do(Complete{Invoice: "i1"}, "activated", "update_applied")
		return s
	}
	s.do(create, "created active", "billed create 30.00")
	return s
}

// unpaid sells by invoices that nobody pays.
func unpaid(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, now: day(2026, 6, 1), late: true}
	return s.do(Create{ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: CollectionSendInvoice}, "created active", "billed create 30.00")
}

// at goes to a time, such as "06-11", of the year 2026, or "2027-06-11T12:00:00Z".
func (s *story) at(text string) *story {
	s.t.Helper()
	layout := time.RFC3339
	if len(text) == len("06-11") {
		text, layout = "2026-"+text, time.DateOnly
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = at.UTC()
	return s
}

// do expects what comes of a command.
func (s *story) do(command Command, want ...string) *story {
	s.t.Helper()
	s.n++
	events, err := Decide(s.state, s.named(command), domain.Meta{Now: s.now})
	if err != nil {
		s.t.Fatalf("%T at %v: %v", command, s.now, err)
	}
	var got []string
	for _, event := range events {
		s.state = Evolve(s.state, event)
		got = append(got, outline(event))
	}
	for _, owed := range s.state.Owed {
		if owed.Sent && !s.late {
			s.state = InvoiceSettled{Invoice: owed.Invoice}.evolve(s.state)
		}
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("%T at %v comes to\n  %s\nwant\n  %s", command, s.now, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return s
}

// refused expects a rejection and that the story goes on as if nothing had been.
func (s *story) refused(command Command, code string) *story {
	s.t.Helper()
	s.n++
	_, err := Decide(s.state, s.named(command), domain.Meta{Now: s.now})
	var rejection *domain.Rejection
	if !errors.As(err, &rejection) || rejection.Code != code {
		s.t.Fatalf("%T at %v: %v, want %s", command, s.now, err, code)
	}
	return s
}

func (s *story) status(want Status) *story {
	s.t.Helper()
	if got := s.state.At(s.now).Status; got != want {
		s.t.Fatalf("%s at %v, want %s", got, s.now, want)
	}
	return s
}

// waits expects what waits for the next period.
func (s *story) waits(kind ChangeKind, price string, seats int64) *story {
	s.t.Helper()
	if got := s.state.PendingChange; got == nil || got.Kind != kind || got.Terms.Price != price || got.Seats != seats {
		s.t.Fatalf("%+v waits, want %s with %s and %d seats", got, kind, price, seats)
	}
	return s
}

func (s *story) waitsNot() *story {
	s.t.Helper()
	if got := s.state.PendingChange; got != nil {
		s.t.Fatalf("%+v waits", got)
	}
	return s
}

// actions expects what the state allows.
func (s *story) actions(want ...string) *story {
	s.t.Helper()
	if got := s.state.AvailableActions(s.now); !slices.Equal(got, want) {
		s.t.Fatalf("actions %v, want %v", got, want)
	}
	return s
}

// named gives a command ids of its own.
func (s *story) named(command Command) Command {
	command = withLadder(s.state, command, s.now)
	value := reflect.New(reflect.TypeOf(command)).Elem()
	value.Set(reflect.ValueOf(command))
	for name, id := range map[string]string{"Change": "c", "Invoice": "i"} {
		_, isComplete := command.(Complete)
		if field := value.FieldByName(name); field.IsValid() && field.String() == "" && !isComplete {
			field.SetString(fmt.Sprintf("%s%d", id, s.n))
		}
	}
	return value.Interface().(Command)
}

// withLadder gives a command the ladder of the invoice that it makes overdue: 14 and 28 days after the due date.
func withLadder(s State, command Command, now time.Time) Command {
	switch c := command.(type) {
	case Run:
		if due, ok := s.NextDeadline(); ok && due.Invoice != "" {
			c.Ladder = ladderOf(s, due.Invoice, due.At)
		}
		return c
	case MissPayment:
		c.Ladder = ladderOf(s, c.Invoice, now)
		return c
	}
	return command
}

func ladderOf(s State, invoice string, now time.Time) *Ladder {
	at := s.indexOwed(invoice)
	if at < 0 {
		return nil
	}
	due := s.Owed[at].DueAt
	if s.Owed[at].OverdueAt != nil {
		due = s.Owed[at].OverdueAt.AddDate(0, 0, -1)
	}
	if due.After(now) {
		return nil
	}
	midnight := day(due.Year(), due.Month(), due.Day())
	return &Ladder{DueAt: due, RestrictAt: midnight.AddDate(0, 0, 14), CancelAt: new(midnight.AddDate(0, 0, 28)), Settlement: SettlementCredit}
}

func outline(event domain.Event) string {
	name := strings.TrimSuffix(strings.TrimPrefix(event.EventType(), "subscription."), ".v1")
	var details []any
	switch e := event.(type) {
	case Created:
		details = append(details, e.Status)
	case Upgraded:
		details = append(details, e.Terms.Price)
	case Downgraded:
		details = append(details, e.Terms.Price)
	case SeatsChanged:
		details = append(details, e.To)
	case ChangeScheduled:
		details = append(details, e.Kind, e.EffectiveAt.Format("01-02"))
	case ChangeUnscheduled:
		details = append(details, e.Reason)
	case CancellationScheduled:
		details = append(details, e.CancelAt.Format("01-02"))
	case Canceled:
		details = append(details, e.Reason)
	case Expired:
		details = append(details, e.Status)
	case Renewed:
		details = append(details, e.CurrentPeriod.Start.Format("01-02"), e.CurrentPeriod.End.Format("01-02"))
	case Resumed:
		details = append(details, e.CurrentPeriod.End.Format("01-02"))
	case TrialConverted:
		details = append(details, e.CurrentPeriod.End.Format("01-02"))
	case TrialExtended:
		details = append(details, e.To.Format("01-02"))
	case Billed:
		details = append(append(details, e.Reason), lines(e.Bill)...)
	case TakenBack:
		details = append(details, e.Settlement)
		for _, part := range e.Parts {
			details = append(details, lines(part.Bill)...)
		}
	case UpdatePending:
		details = append(append(details, e.Kind), lines(e.Bill)...)
	}
	return strings.TrimSpace(name + " " + strings.Trim(fmt.Sprintln(details...), "\n"))
}

func lines(bill pricing.Bill) (amounts []any) {
	for _, line := range bill.Lines {
		amounts = append(amounts, line.Amount.Plain())
	}
	return amounts
}
