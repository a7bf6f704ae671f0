package notice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// upcomingBefore says how long before a renewal its invoice is upcoming.
const upcomingBefore = 7 * 24 * time.Hour

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("notice", Evolve, InvoiceUpcoming{}, InvoiceOverdue{})

// Stream names the notices of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("notice", workspace) }

// Fact is an event of a workspace's notices with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
	// known reports whether it was told already.
	known(State) bool
	// Subject names what it is about among the notices of a workspace, and Of which one of that.
	Subject() string
	Of() string
}

// State holds what was told.
type State struct {
	Upcoming InvoiceUpcoming `json:"upcoming,omitzero"` // the last
	Overdue  []Overdue       `json:"overdue,omitempty"`
}

// Overdue is an invoice that was told to be overdue, since when.
type Overdue struct {
	Invoice   string    `json:"invoice"`
	OverdueAt time.Time `json:"overdue_at"`
}

// InvoiceUpcoming tells that a subscription is about to be renewed, with an invoice.
type InvoiceUpcoming struct {
	Subscription string    `json:"subscription"`
	RenewsAt     time.Time `json:"renews_at"`
}

// EventType gives the stored name.
func (InvoiceUpcoming) EventType() string { return "notice.invoice_upcoming.v1" }

func (e InvoiceUpcoming) evolve(s State) State {
	s.Upcoming = e
	return s
}

func (e InvoiceUpcoming) known(s State) bool {
	return s.Upcoming.Subscription == e.Subscription && s.Upcoming.RenewsAt.Equal(e.RenewsAt)
}

// Subject is the same for all of a workspace: one renewal is next.
func (InvoiceUpcoming) Subject() string { return "" }

// Of names the renewal.
func (e InvoiceUpcoming) Of() string {
	return e.Subscription + " " + e.RenewsAt.UTC().Format(time.RFC3339Nano)
}

// InvoiceOverdue tells that an invoice was not paid on the day on which it was due.
type InvoiceOverdue struct {
	Invoice   string    `json:"invoice"`
	Number    string    `json:"number"`
	OverdueAt time.Time `json:"overdue_at"`
}

// EventType gives the stored name.
func (InvoiceOverdue) EventType() string { return "notice.invoice_overdue.v1" }

func (e InvoiceOverdue) evolve(s State) State {
	s.Overdue = append(slices.Clip(s.Overdue), Overdue{e.Invoice, e.OverdueAt})
	return s
}

func (e InvoiceOverdue) known(s State) bool {
	return slices.ContainsFunc(s.Overdue, func(o Overdue) bool { return o.Invoice == e.Invoice && o.OverdueAt.Equal(e.OverdueAt) })
}

// Subject is the invoice.
func (e InvoiceOverdue) Subject() string { return e.Invoice }

// Of names the instant: an invoice whose payment is taken back is overdue once more.
func (e InvoiceOverdue) Of() string { return e.OverdueAt.UTC().Format(time.RFC3339Nano) }

// Size estimates the bytes of the state.
func (s State) Size() int { return 300 + 100*len(s.Overdue) }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Expected holds what will be told at an instant.
type Expected struct {
	Fact Fact
	At   time.Time
}

// Renewal gives what is told before a renewal, and nothing of a period that begins so near its end.
func Renewal(subscription string, ends period.Period) (Expected, bool) {
	at := ends.End.Add(-upcomingBefore)
	return Expected{InvoiceUpcoming{Subscription: subscription, RenewsAt: ends.End}, at}, !at.Before(ends.Start)
}

// Due gives what is told once the day is over on which an invoice is due.
func Due(invoice, number string, overdueAt time.Time) Expected {
	return Expected{InvoiceOverdue{Invoice: invoice, Number: number, OverdueAt: overdueAt}, overdueAt}
}

// Next finds what is told first of what was not told yet.
func (s State) Next(expected []Expected) (next Expected, ok bool) {
	for _, e := range expected {
		if !e.Fact.known(s) && (!ok || e.At.Before(next.At)) {
			next, ok = e, true
		}
	}
	return next, ok
}

// Command tells something.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Tell tells what is expected, once it is due.
type Tell struct{ Expected }

// decide never refuses. Nothing is told twice, or early.
func (c Tell) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.At.After(meta.Now) || c.Fact.known(s) {
		return nil, nil
	}
	return []Fact{c.Fact}, nil
}

// Decide judges a command on a workspace's notices.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }
