package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Create buys a subscription. Price, Seats and Collection are required.
type Create struct {
	Billing
	ID            string
	Price         string
	Terms         pricing.Terms
	Seats         int64
	SeatsInUse    int64
	Collection    Collection
	PaymentMethod *string
	TimeZone      *string
	BillingAnchor *string
	DaysUntilDue  *int
	Coupon        *string
	Discount      *pricing.Discount // nil when there is no such coupon
	License       string            // that the subscription is; "" for none
}

// Created carries all of a new subscription.
type Created struct {
	ID            string            `json:"id"`
	Previous      *string           `json:"previous"` // the workspace's subscription before, null for the first
	Status        Status            `json:"status"`
	Terms         pricing.Terms     `json:"terms"`
	Seats         int64             `json:"seats"`
	Collection    Collection        `json:"collection"`
	DaysUntilDue  int               `json:"days_until_due"`
	TimeZone      string            `json:"time_zone"`
	Anchor        period.Anchor     `json:"anchor"`
	CurrentPeriod period.Period     `json:"current_period"`
	Stub          bool              `json:"stub"` // the period is cut: it ends at an anchor that lay in the future
	Trial         *Trial            `json:"trial,omitempty"`
	Discount      *pricing.Discount `json:"discount,omitempty"`
	License       string            `json:"license,omitempty"` // that the subscription is
}

// EventType gives the stored name.
func (Created) EventType() string { return "subscription.created.v1" }

func (e Created) evolve(before State) State {
	s := State{
		ID: e.ID, Previous: e.Previous, Status: e.Status, Terms: e.Terms, Seats: e.Seats, Collection: e.Collection,
		DaysUntilDue: e.DaysUntilDue, TimeZone: e.TimeZone, Anchor: e.Anchor, CurrentPeriod: e.CurrentPeriod, Stub: e.Stub,
		Trial: e.Trial, Discount: newDiscount(e.Discount, nil), Tax: before.Tax, Items: before.Items,
		Untold: before.Untold, License: e.License,
	}
	if e.Trial == nil {
		s.Discount = s.Discount.next(e.CurrentPeriod.Start)
	}
	return s
}

func (Create) action() string { return actionOfRule }

// decide refuses with subscription_exists, seats_in_use, or its fields: seats_out_of_range, amount_out_of_range, collection_invalid,
// payment_method_not_found, coupon_not_found, currency_mismatch (of the coupon), days_until_due_invalid,
// time_zone_unknown, billing_anchor_invalid. Where money is to be collected it is incomplete until that came.
func (c Create) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.ID == "" || c.Terms.Price == "" {
		return nil, errIncomplete
	}
	var check domain.Check
	check.Add(s.checkPrice("/seats", c.Terms, c.Seats))
	checkPayment(&check, c.Collection, c.PaymentMethod, c.DaysUntilDue)
	if c.Coupon != nil {
		checkDiscount(&check, c.Discount, c.Terms)
	}
	begun, err := checkBeginning(&check, c, meta.Now)
	if err != nil {
		return nil, err
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkNew(c.Seats, c.SeatsInUse, meta.Now); err != nil {
		return nil, err
	}
	return s.firstEvents(Created{
		ID: c.ID, Previous: s.previous(), Status: StatusActive, Terms: c.Terms, Seats: c.Seats, Collection: c.Collection,
		DaysUntilDue: daysUntilDue(c.Collection, c.DaysUntilDue), TimeZone: begun.zone, Anchor: begun.anchor,
		CurrentPeriod: begun.period, Stub: begun.stub, Discount: c.Discount, License: c.License,
	}, c.Billing, meta.Now)
}

// checkNew refuses a new subscription with subscription_exists or seats_in_use.
func (s State) checkNew(seats, inUse int64, now time.Time) error {
	if s.Live() {
		return s.conflict(now, "subscription_exists", "the workspace has the subscription %s already", s.ID)
	}
	if seats < inUse {
		return s.seatsInUse(now, seats, inUse)
	}
	return nil
}

// previous gives the id of the subscription that a new one follows, nil for the first.
func (s State) previous() *string {
	if s.ID == "" {
		return nil
	}
	return &s.ID
}

// firstEvents create a subscription and bill its first period.
func (s State) firstEvents(created Created, b Billing, now time.Time) ([]Fact, error) {
	s = created.evolve(s)
	update, err := s.priced(Update{
		Change: b.Change, Kind: ChangeCreate, Reason: ReasonCreate, Terms: s.Terms, Seats: s.Seats, EffectiveAt: now,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}, pricing.LineKindCharge, nil, s.Discount.current())
	if err != nil {
		return nil, err
	}
	events, err := s.carryOutEvents(update, b, now, s.CurrentPeriod.End)
	if err != nil {
		return nil, err
	}
	if _, waits := events[0].(UpdatePending); waits {
		created.Status = StatusIncomplete
	} else {
		events = events[1:] // active from the beginning, so that nothing activates it
	}
	return append([]Fact{created}, events...), nil
}

// Activated notes that the first payment came.
type Activated struct {
	ID          string    `json:"id"`
	ActivatedAt time.Time `json:"activated_at"`
}

// EventType gives the stored name.
func (Activated) EventType() string { return "subscription.activated.v1" }

func (Activated) evolve(s State) State {
	s.Status = StatusActive
	return s
}

// beginning describes where a subscription's periods begin.
type beginning struct {
	zone   string
	anchor period.Anchor
	period period.Period
	stub   bool
}

// begin anchors periods at an instant: day mode at its civil date, second mode at its time of day too.
func begin(now time.Time, terms pricing.Terms, zone string) (beginning, error) {
	location, err := period.LoadZone(zone)
	if err != nil {
		return beginning{}, err
	}
	return beginAt(now, period.AnchorAt(now, location, terms.Proration), terms, zone)
}

func beginAt(now time.Time, anchor period.Anchor, terms pricing.Terms, zone string) (beginning, error) {
	schedule, err := period.NewSchedule(anchor, terms.Cycle(), zone, terms.Proration)
	if err != nil {
		return beginning{}, err
	}
	return beginning{zone: zone, anchor: anchor, period: schedule.From(now)}, nil
}

// checkBeginning checks time_zone_unknown and billing_anchor_invalid. An anchor in the future makes the first period a
// stub that ends there, and may be at most one cycle away, since a stub is a part of one period. Its error is a fault.
func checkBeginning(check *domain.Check, c Create, now time.Time) (beginning, error) {
	location, ok := checkTimeZone(check, c.TimeZone)
	if !ok {
		return beginning{}, nil
	}
	zone := location.String()
	if c.BillingAnchor == nil {
		return begin(now, c.Terms, zone)
	}
	today := period.DateIn(now, location)
	date, err := period.ParseDate(*c.BillingAnchor)
	if err == nil && date == today {
		return begin(now, c.Terms, zone) // where the first period begins anyway
	}
	full := date.AddMonths(-c.Terms.Cycle().Months()) // where the period begins that ends at the anchor
	ok = err == nil && today.Before(date) && !today.Before(full)
	if !check.Require(ok, "/billing_anchor", "billing_anchor_invalid",
		"billing_anchor must be a date YYYY-MM-DD, not before today, %s, and at most one interval away", today) {
		return beginning{}, nil
	}
	anchor := period.AnchorAt(now, location, c.Terms.Proration)
	anchor.Date = date
	begun, err := beginAt(now, anchor, c.Terms, zone)
	begun.stub = full.Before(today)
	return begun, err
}

// checkTimeZone checks time_zone_unknown. A zone that is not given is the default.
func checkTimeZone(check *domain.Check, given *string) (*time.Location, bool) {
	zone, err := period.LoadZone(domain.Or(given, period.TimeZoneDefault))
	return zone, check.Require(err == nil, "/time_zone", period.CodeTimeZoneUnknown,
		"time_zone must be an IANA name such as Europe/Berlin")
}
