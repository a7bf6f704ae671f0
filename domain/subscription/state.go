package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Stream is a workspace's subscriptions, one after the other.
func Stream(workspace string) domain.Stream { return domain.NewStream("subscription", workspace) }

// State is a workspace's latest subscription; it has no ID before the first. What its pointers and slices lead to is
// never written to.
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
	PendingUpdate *PendingUpdate  `json:"pending_update"` // of an incomplete subscription, its first payment
	InForce       []pricing.Debit `json:"in_force"`       // the charges whose service goes on
	Owed          []Owed          `json:"owed"`           // the invoices that money is collected for
	EndedAt       *time.Time      `json:"ended_at"`
}

// Cancellation is an end that is decided.
type Cancellation struct {
	At         time.Time  `json:"at"`
	Settlement Settlement `json:"settlement"`
}

// Live reports whether there is a subscription that is not terminal.
func (s State) Live() bool {
	switch s.Status {
	case StatusIncomplete, StatusTrialing, StatusActive, StatusPastDue, StatusRestricted, StatusPaused:
		return true
	}
	return false
}

// Entitled reports whether the workspace has the plan: not before the first payment, and not after the end.
func (s State) Entitled() bool { return s.Live() && s.Status != StatusIncomplete }

// AdmitsSeats reports whether members may get seats: not while service is paused.
func (s State) AdmitsSeats() bool { return s.Entitled() && s.Status != StatusPaused }

// ReadOnly reports whether the workspace may look at what it has and do no more: its service is paused, or was stopped
// because invoices are not paid.
func (s State) ReadOnly() bool { return s.Status == StatusPaused || s.Status == StatusRestricted }

// ChangeTo is what having another price would mean: new where there is nothing to change, or where only a subscription of
// its own could have it, because it is in another currency or, during a trial, of another family.
func (s State) ChangeTo(terms pricing.Terms) pricing.Change {
	if !s.Entitled() || s.Terms.Currency != terms.Currency || s.Status == StatusTrialing && s.Terms.Family != terms.Family {
		return pricing.ChangeNew
	}
	return pricing.CompareTerms(s.Terms, terms)
}

// Invoices are those that billed what is in force, in the order of the bills. A settlement asks what of them is paid.
func (s State) Invoices() []string {
	var invoices []string
	for _, debit := range s.InForce {
		if !slices.Contains(invoices, debit.Invoice) {
			invoices = append(invoices, debit.Invoice)
		}
	}
	return invoices
}

// Proration is what a bill credits of one earlier invoice.
type Proration struct {
	Invoice string
	Lines   []CreditedLine // as positive as the lines that they are of
}

// Prorations are what a bill, priced on this state, credits of the charges in force, invoice by invoice in their order.
func (s State) Prorations(bill pricing.Bill) []Proration {
	var all []Proration
	for _, credit := range bill.Lines {
		if credit.SourceLine == nil || credit.Amount.IsZero() && credit.Tax.IsZero() {
			continue
		}
		at := s.inForce(*credit.SourceLine)
		if at < 0 {
			continue
		}
		line := CreditedLine{Key: *credit.SourceLine, Amount: credit.Amount.Neg(), Tax: credit.Tax.Neg()}
		of := s.InForce[at].Invoice
		i := slices.IndexFunc(all, func(p Proration) bool { return p.Invoice == of })
		if i < 0 {
			i, all = len(all), append(all, Proration{Invoice: of})
		}
		all[i].Lines = append(all[i].Lines, line)
	}
	return all
}

// Schedule computes the boundaries of the subscription's periods.
func (s State) Schedule() (period.Schedule, error) {
	return period.NewSchedule(s.Anchor, s.Terms.Cycle(), s.TimeZone, s.Terms.Proration)
}

// Size estimates the bytes of the state.
func (s State) Size() int {
	size := 1500 + 64*len(s.Terms.Tiers) + 1100*len(s.InForce) + 100*len(s.Owed)
	if s.PendingChange != nil {
		size += 600
	}
	if s.PendingUpdate != nil {
		size += 1500 + 1100*len(s.PendingUpdate.Bill.Lines)
	}
	return size
}

// Discount is a coupon's discount and how long it lasts.
type Discount struct {
	Value       pricing.Discount `json:"value"`
	PeriodsLeft *int             `json:"periods_left"` // that it will apply to after the current one, null for ever
	// Current is what charges of the current period have, null for nothing: the coupon's own discount once it has begun,
	// and until then that of the coupon before it.
	Current *pricing.Discount `json:"current"`
}

func newDiscount(value, current *pricing.Discount) *Discount {
	if value == nil {
		return nil
	}
	return &Discount{Value: *value, PeriodsLeft: value.Lasts(), Current: current}
}

// next is the discount of the next period, nil when it does not last so long.
func (d *Discount) next() *Discount {
	switch {
	case d == nil || d.PeriodsLeft != nil && *d.PeriodsLeft == 0:
		return nil
	case d.PeriodsLeft == nil:
		return &Discount{Value: d.Value, Current: &d.Value}
	}
	return &Discount{Value: d.Value, PeriodsLeft: new(*d.PeriodsLeft - 1), Current: &d.Value}
}

// current is what charges of the current period have.
func (d *Discount) current() *pricing.Discount {
	if d == nil {
		return nil
	}
	return d.Current
}
