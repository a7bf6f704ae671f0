package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// CollectionTime bounds how long money is collected before that has failed.
const CollectionTime = 23 * time.Hour

// updateLife bounds how long an update waits for money; it never waits past the period's end.
const updateLife = CollectionTime

// Billing carries what a command needs that may bill.
type Billing struct {
	Change  string       // the id of what happens
	Invoice string       // the id of the invoice that may come of it
	Credit  money.Amount // the account's in the subscription's currency; the zero Amount is none
}

// ChangeKind tells what a change is of.
type ChangeKind string

const (
	ChangeOfPrice         ChangeKind = "price"           // scheduled
	ChangeOfSeats         ChangeKind = "seats"           // scheduled when fewer
	ChangeOfPriceAndSeats ChangeKind = "price_and_seats" // scheduled
	ChangeDowngrade       ChangeKind = "downgrade"       // the name of ChangeOfPrice in older events
	ChangeUpgrade         ChangeKind = "upgrade"
	ChangeCreate          ChangeKind = "create"
	ChangeResume          ChangeKind = "resume"
	ChangeConvert         ChangeKind = "convert" // a trial to a paid subscription
)

// ChangeKinds lists all but ChangeDowngrade, which no state has.
var ChangeKinds = []ChangeKind{ChangeOfPrice, ChangeOfSeats, ChangeOfPriceAndSeats, ChangeUpgrade, ChangeCreate, ChangeResume, ChangeConvert}

// Reason tells why something is billed.
type Reason string

const (
	ReasonCreate  Reason = "create"
	ReasonChange  Reason = "change"
	ReasonRenewal Reason = "renewal"
)

// Update holds a change that is priced: what will be, and the bill for it. It happens as it stands or not at all.
type Update struct {
	Change        string        `json:"change"`
	Kind          ChangeKind    `json:"kind"`
	Reason        Reason        `json:"reason"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	EffectiveAt   time.Time     `json:"effective_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	Stub          bool          `json:"stub"`
	// Discount begins with the period of a conversion, instead of another one.
	Discount *pricing.Discount `json:"discount,omitempty"`
	Bill     pricing.Bill      `json:"bill"`
	Quote    string            `json:"quote,omitempty"` // the token of the quote that it keeps to
}

// Period spans the time that the bill is for.
func (u Update) Period() period.Period { return span(u.Bill) }

// PendingUpdate waits for money.
type PendingUpdate struct {
	Update
	Invoice      string    `json:"invoice"` // whose payment completes it
	ExpiresAt    time.Time `json:"expires_at"`
	DaysUntilDue int       `json:"days_until_due"`
	// Held lets it wait beyond ExpiresAt, while a gateway may have taken the money.
	Held bool `json:"held,omitzero"`
}

// UpdatePending lets an update wait for money: an invoice with its bill is opened, in the same group of events.
type UpdatePending struct {
	ID string `json:"id"`
	PendingUpdate
}

// EventType gives the stored name.
func (UpdatePending) EventType() string { return "subscription.update_pending.v1" }

func (e UpdatePending) evolve(s State) State {
	s.PendingUpdate = &e.PendingUpdate
	return s
}

// priced bills an update: what ends with it, and the charge from its instant to its period's end.
func (s State) priced(u Update, kind pricing.LineKind, ends []pricing.Debit, discount *Discount) (Update, error) {
	billedBy, err := s.Schedule()
	if err != nil {
		return u, err
	}
	schedule, err := period.NewSchedule(u.Anchor, u.Terms.Cycle(), s.TimeZone, u.Terms.Proration)
	if err != nil {
		return u, err
	}
	charge := &pricing.Charge{
		Kind: kind, Terms: u.Terms, Seats: u.Seats, Period: period.Period{Start: u.EffectiveAt, End: u.CurrentPeriod.End},
		Ratio: schedule.Remaining(u.CurrentPeriod, u.EffectiveAt),
	}
	order := pricing.Order{
		Subscription: s.ID, Change: u.Change, Currency: u.Terms.Currency, Ends: ends, Schedule: billedBy, At: u.EffectiveAt, Tax: s.Tax,
		Charge: charge,
	}
	if order.Items, err = s.itemsOf(u); err != nil {
		return u, err
	}
	order.Deduction, charge.Within = discount.deduction(u, schedule)
	if kind == pricing.LineKindSeats {
		charge.Before, order.Beside = s.Seats, s.InForce
	}
	u.Bill, err = pricing.Price(order)
	return u, err
}

// carryOutEvents let an update happen, or wait for money where it is collected automatically and some is due. What waits
// lapses with its period, at end.
func (s State) carryOutEvents(u Update, b Billing, now, end time.Time) ([]Fact, error) {
	if u.Change == "" || b.Invoice == "" {
		return nil, errIncomplete
	}
	due, err := amountDue(u.Bill, b.Credit)
	if err != nil {
		return nil, err
	}
	if s.Collection == CollectionAutomatic && due.Sign() > 0 {
		expires := now.Add(updateLife)
		if end.Before(expires) {
			expires = end
		}
		pending := PendingUpdate{Update: u, Invoice: b.Invoice, ExpiresAt: expires, DaysUntilDue: s.DaysUntilDue}
		return []Fact{UpdatePending{ID: s.ID, PendingUpdate: pending}}, nil
	}
	billed, err := s.billEvents(u.Change, u.Reason, now, u.Bill, b)
	return append(s.updateEvents(u, now), billed...), err
}

// updateEvents make an update happen, but for its bill.
func (s State) updateEvents(u Update, now time.Time) []Fact {
	switch u.Kind {
	case ChangeCreate:
		return []Fact{Activated{ID: s.ID, ActivatedAt: now}}
	case ChangeUpgrade:
		return s.upgradeEvents(u)
	case ChangeOfSeats:
		events := s.seatsEvents(u.Seats, u.EffectiveAt)
		if s.PendingChange != nil && !s.PendingChange.changesPrice() {
			events = append([]Fact{s.unscheduledEvent(UnscheduledSuperseded)}, events...)
		}
		return events
	case ChangeResume:
		resumed := Resumed{
			ID: s.ID, Change: u.Change, ResumedAt: u.EffectiveAt, Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod, Stub: u.Stub,
		}
		if slices.ContainsFunc(s.Owed, isOverdue) {
			resumed.Status = StatusPastDue
		}
		if ladder := s.ladder(); ladder != nil && !s.held() && !now.Before(ladder.RestrictAt) {
			resumed.Status = StatusRestricted
		}
		return append(s.takeEffectEvents(u.Terms, u.Seats, u.EffectiveAt), resumed)
	case ChangeConvert:
		return []Fact{TrialConverted{
			ID: s.ID, Change: u.Change, Terms: u.Terms, Seats: u.Seats, ConvertedAt: u.EffectiveAt,
			Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod, Discount: u.Discount,
		}}
	default:
		return nil // what waits in PendingChange needs no update
	}
}

// Complete tells that an invoice is paid: what waited for it happens.
type Complete struct {
	Invoice string
}

// UpdateApplied notes that the invoice was paid, and that what waited for it has happened.
type UpdateApplied struct {
	ID      string `json:"id"`
	Change  string `json:"change"`
	Invoice string `json:"invoice"`
}

// EventType gives the stored name.
func (UpdateApplied) EventType() string { return "subscription.update_applied.v1" }

func (e UpdateApplied) evolve(s State) State {
	s = s.withBill(s.PendingUpdate.Bill, e.Invoice)
	s.PendingUpdate = nil
	return s
}

func (Complete) action() string { return actionOfRule }

// decide makes what waited for an invoice happen, as it was quoted. Nothing comes of any other invoice.
func (c Complete) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.waitsFor(c.Invoice) {
		return nil, nil
	}
	pending := *s.PendingUpdate
	return append(s.updateEvents(pending.Update, meta.Now),
		UpdateApplied{ID: s.ID, Change: pending.Change, Invoice: pending.Invoice}), nil
}

func (s State) waitsFor(invoice string) bool {
	return s.PendingUpdate != nil && s.PendingUpdate.Invoice == invoice
}

// CancelPendingUpdate takes back what waits for money.
type CancelPendingUpdate struct{}

// UpdateCanceled drops an update that is not wanted any more; its invoice is void.
type UpdateCanceled struct {
	ID      string `json:"id"`
	Change  string `json:"change"`
	Invoice string `json:"invoice"`
}

// EventType gives the stored name.
func (UpdateCanceled) EventType() string { return "subscription.update_canceled.v1" }

func (UpdateCanceled) evolve(s State) State {
	s.PendingUpdate = nil
	return s
}

func (CancelPendingUpdate) action() string { return ActionCancelPendingUpdate }

func (CancelPendingUpdate) decide(s State, _ domain.Meta) ([]Fact, error) {
	return []Fact{s.updateCanceledEvent()}, nil
}

func (s State) updateCanceledEvent() Fact {
	return UpdateCanceled{ID: s.ID, Change: s.PendingUpdate.Change, Invoice: s.PendingUpdate.Invoice}
}

// DropUpdate tells that the invoice which an update waits for is void: the update won't happen, and a subscription that
// waits for its first payment ends.
type DropUpdate struct {
	Invoice string
}

func (DropUpdate) action() string { return actionFollow }

func (c DropUpdate) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.waitsFor(c.Invoice) {
		return nil, nil
	}
	if s.Status == StatusIncomplete {
		return []Fact{s.updateCanceledEvent(), s.canceledEvent(meta.Now, CanceledRequested, SettlementNone)}, nil
	}
	return []Fact{s.updateCanceledEvent()}, nil
}

// DeclineUpdate tells that a gateway declined the money for an invoice while whoever asked for it still waited: the update won't
// happen, and a subscription that waits for its first payment has expired.
type DeclineUpdate struct {
	Invoice string
}

func (DeclineUpdate) action() string { return actionFollow }

func (c DeclineUpdate) decide(s State, meta domain.Meta) ([]Fact, error) {
	if !s.waitsFor(c.Invoice) {
		return nil, nil
	}
	if s.Status == StatusIncomplete {
		return []Fact{s.updateCanceledEvent(), Expired{ID: s.ID, Status: StatusIncompleteExpired, ExpiredAt: meta.Now}}, nil
	}
	return []Fact{s.updateCanceledEvent()}, nil
}

// HoldUpdate tells whether a gateway may have taken the money for an invoice, so that what waits for it does not expire meanwhile.
type HoldUpdate struct {
	Invoice string
	Held    bool
}

// UpdateHeld lets an update wait for as long as it is not known whether its money came, or not any longer than others.
type UpdateHeld struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
	Held    bool   `json:"held"`
}

// EventType gives the stored name.
func (UpdateHeld) EventType() string { return "subscription.update_held.v1" }

func (e UpdateHeld) evolve(s State) State {
	if s.waitsFor(e.Invoice) {
		pending := *s.PendingUpdate
		pending.Held = e.Held
		s.PendingUpdate = &pending
	}
	return s
}

func (HoldUpdate) action() string { return actionFollow }

func (c HoldUpdate) decide(s State, _ domain.Meta) ([]Fact, error) {
	if !s.waitsFor(c.Invoice) || s.PendingUpdate.Held == c.Held {
		return nil, nil
	}
	return []Fact{UpdateHeld{ID: s.ID, Invoice: c.Invoice, Held: c.Held}}, nil
}

// UpdateExpired drops an update whose money did not come in time; its invoice is void.
type UpdateExpired struct {
	ID        string    `json:"id"`
	Change    string    `json:"change"`
	Invoice   string    `json:"invoice"`
	ExpiredAt time.Time `json:"expired_at"`
}

// EventType gives the stored name.
func (UpdateExpired) EventType() string { return "subscription.update_expired.v1" }

func (UpdateExpired) evolve(s State) State {
	s.PendingUpdate = nil
	return s
}

// updateExpiredEvents drop what waits for money, and a subscription that waits for its first payment with it.
func (s State) updateExpiredEvents(at time.Time) []Fact {
	expired := UpdateExpired{ID: s.ID, Change: s.PendingUpdate.Change, Invoice: s.PendingUpdate.Invoice, ExpiredAt: at}
	if s.Status == StatusIncomplete {
		return []Fact{expired, Expired{ID: s.ID, Status: StatusIncompleteExpired, ExpiredAt: at}}
	}
	return []Fact{expired}
}
