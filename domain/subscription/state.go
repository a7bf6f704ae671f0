package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("subscription", Evolve,
	Created{}, Activated{}, Expired{}, Upgraded{}, Downgraded{}, SeatsChanged{}, ChangeScheduled{}, ChangeUnscheduled{},
	UpdatePending{}, UpdateApplied{}, UpdateExpired{}, UpdateCanceled{}, Billed{}, LinesCredited{}, Renewed{},
	CancellationScheduled{}, CancellationRevoked{}, Canceled{}, Paused{}, Resumed{},
	TakenBack{}, BecamePastDue{}, InvoiceSettled{}, InvoiceOwedAgain{}, Recovered{}, DunningBegan{}, DunningHeld{}, DunningReleased{},
	Restricted{}, RestrictionLifted{}, CollectionChanged{}, DiscountApplied{}, DiscountRemoved{},
	TrialExtended{}, ConversionScheduled{}, TrialConverted{}, UpdateHeld{},
)

// Stream names a workspace's subscriptions, one after the other.
func Stream(workspace string) domain.Stream { return domain.NewStream("subscription", workspace) }

// Fact is an event of a subscription with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

func fold(s State, facts []Fact) State {
	for _, fact := range facts {
		s = fact.evolve(s)
	}
	return s
}

// Status tells where a subscription is in its life.
type Status string

const (
	StatusIncomplete        Status = "incomplete" // waits for its first payment
	StatusTrialing          Status = "trialing"
	StatusActive            Status = "active"
	StatusPastDue           Status = "past_due"           // an invoice is overdue
	StatusRestricted        Status = "restricted"         // and has been for long
	StatusPaused            Status = "paused"             // neither service nor bills
	StatusCanceled          Status = "canceled"           // terminal
	StatusExpired           Status = "expired"            // terminal: a trial ended without becoming paid
	StatusIncompleteExpired Status = "incomplete_expired" // terminal: the first payment never came
)

// Statuses lists all of them.
var Statuses = []Status{
	StatusIncomplete, StatusTrialing, StatusActive, StatusPastDue, StatusRestricted, StatusPaused, StatusCanceled, StatusExpired,
	StatusIncompleteExpired,
}

// State describes a workspace's latest subscription; it has no ID before the first. What its pointers and slices lead to
// is never written to.
type State struct {
	ID            string          `json:"id"`
	Previous      *string         `json:"previous"`
	Status        Status          `json:"status"`
	Terms         pricing.Terms   `json:"terms"`
	Seats         int64           `json:"seats"`
	Collection    Collection      `json:"collection"`
	DaysUntilDue  int             `json:"days_until_due"`
	TimeZone      string          `json:"time_zone"`
	Anchor        period.Anchor   `json:"anchor"`
	CurrentPeriod period.Period   `json:"current_period"`
	Stub          bool            `json:"stub"`
	Trial         *Trial          `json:"trial"`
	Discount      *Discount       `json:"discount"`
	Cancellation  *Cancellation   `json:"cancellation"`
	PendingChange *PendingChange  `json:"pending_change"`
	PendingUpdate *PendingUpdate  `json:"pending_update"`   // of an incomplete subscription, its first payment
	InForce       []pricing.Debit `json:"in_force"`         // the charges whose service goes on
	Owed          []Owed          `json:"owed"`             // the invoices that expect money
	OwedAt        time.Time       `json:"owed_at,omitzero"` // when what is owed changed last
	EndedAt       *time.Time      `json:"ended_at"`
	License       string          `json:"license,omitempty"` // that it is
	// Untold lists what earlier releases told no invoice of, of all the workspace's subscriptions.
	Untold []Untold `json:"untold,omitempty"`
	// Tax is that of the customer, by which bills are priced; see [State.Taxed].
	Tax *pricing.Tax `json:"-"`
	// Items wait to be billed; see [State.WithItems].
	Items []pricing.Item `json:"-"`
	// PastDue names the account's invoices whose money was collected in vain; see [State.WithPastDue].
	PastDue []string `json:"-"`
}

// Taxed gives the state as it prices what it bills for a customer with this tax, nil for the prices' own. No event holds it:
// whoever decides on the state says it.
func (s State) Taxed(tax *pricing.Tax) State {
	s.Tax = tax
	return s
}

// WithItems gives the state with what waits to be billed beside the seats, in any currency. No event holds it either.
func (s State) WithItems(items []pricing.Item) State {
	s.Items = items
	return s
}

// WithPastDue gives the state with the account's invoices that are past due now, whatever they are of. They become so by the
// clock alone, so no event holds it.
func (s State) WithPastDue(invoices []string) State {
	s.PastDue = invoices
	return s
}

// itemsOf gives the items that a bill has beside the full amount of its seats: that of a renewal, or of a subscription that
// begins.
func (s State) itemsOf(u Update) ([]pricing.Item, error) {
	if u.Reason == ReasonChange || len(s.Items) == 0 {
		return nil, nil
	}
	full, err := u.Terms.FullAmount(u.Seats)
	if err != nil {
		return nil, err
	}
	items := slices.DeleteFunc(slices.Clone(s.Items), func(i pricing.Item) bool { return i.Currency != u.Terms.Currency })
	return pricing.Fitting(items, full)
}

// Live reports whether there is a subscription that is not terminal.
func (s State) Live() bool {
	switch s.Status {
	case StatusIncomplete, StatusTrialing, StatusActive, StatusPastDue, StatusRestricted, StatusPaused:
		return true
	default:
		return false
	}
}

// Entitled reports whether the workspace has the plan: not before the first payment, and not after the end.
func (s State) Entitled() bool { return s.Live() && s.Status != StatusIncomplete }

// AdmitsSeats reports whether members may get seats: not while nothing can be done with them.
func (s State) AdmitsSeats() bool { return s.Entitled() && !s.ReadOnly() }

// ReadOnly reports whether the workspace may look at what it has and do no more: its service is paused, or was stopped
// because invoices are not paid.
func (s State) ReadOnly() bool { return s.Status == StatusPaused || s.Status == StatusRestricted }

// ChangeTo tells what having another price would mean: new where there is nothing to change, or where only a subscription
// of its own could have it, because it is in another currency or, during a trial, of another family.
func (s State) ChangeTo(terms pricing.Terms) pricing.Change {
	if !s.Entitled() || s.Terms.Currency != terms.Currency || s.Status == StatusTrialing && s.Terms.Family != terms.Family {
		return pricing.ChangeNew
	}
	return pricing.CompareTerms(s.Terms, terms)
}

// Schedule computes the boundaries of the subscription's periods.
func (s State) Schedule() (period.Schedule, error) {
	return period.NewSchedule(s.Anchor, s.Terms.Cycle(), s.TimeZone, s.Terms.Proration)
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	size := 1500 + 64*len(s.Terms.Tiers) + 1100*len(s.InForce) + 400*len(s.Owed) + 300*len(s.Untold)
	if s.PendingChange != nil {
		size += 600
	}
	if s.PendingUpdate != nil {
		size += 1500 + 1100*len(s.PendingUpdate.Bill.Lines)
	}
	return size
}
