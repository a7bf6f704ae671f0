package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

const (
	timeZoneDefault     = "UTC"
	daysUntilDueDefault = 30
	daysUntilDueMax     = 365
)

// create is refused with subscription_exists, seats_in_use, or its fields: seats_out_of_range, collection_invalid,
// payment_method_not_found, coupon_not_found, currency_mismatch (of the coupon), days_until_due_invalid,
// time_zone_unknown, billing_anchor_invalid. Where money is to be collected it is incomplete until that came.
func create(s State, c Create, now time.Time) ([]domain.Event, error) {
	if c.ID == "" || c.Terms.Price == "" {
		return nil, errIncomplete
	}
	var check domain.Check
	checkSeats(&check, c.Terms, c.Seats)
	checkPayment(&check, c.Collection, c.PaymentMethod, c.DaysUntilDue)
	if c.Coupon != nil {
		checkDiscount(&check, c.Discount, c.Terms)
	}
	begun, err := checkBeginning(&check, c, now)
	if err != nil {
		return nil, err
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if s.Live() {
		return nil, s.conflict(now, "subscription_exists", "the workspace has the subscription %s already", s.ID)
	}
	if c.Seats < c.SeatsInUse {
		return nil, s.seatsInUse(now, c.Seats, c.SeatsInUse)
	}
	event := Created{
		ID: c.ID, Status: StatusActive, Terms: c.Terms, Seats: c.Seats, Collection: c.Collection,
		DaysUntilDue: daysUntilDue(c.Collection, c.DaysUntilDue), TimeZone: begun.zone, Anchor: begun.anchor,
		CurrentPeriod: begun.period, Stub: begun.stub, Discount: c.Discount,
	}
	if s.ID != "" {
		event.Previous = &s.ID
	}
	return firstBill(event, c.Billing, now)
}

// firstBill is a new subscription with its first period's bill.
func firstBill(event Created, b Billing, now time.Time) ([]domain.Event, error) {
	s := Evolve(State{}, event)
	update, err := s.priced(Update{
		Change: b.Change, Kind: ChangeCreate, Reason: ReasonCreate, Terms: s.Terms, Seats: s.Seats, EffectiveAt: now,
		Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod, Stub: s.Stub,
	}, pricing.LineKindCharge, nil, s.Discount.current())
	if err != nil {
		return nil, err
	}
	events, err := s.carryOut(update, b, now, s.CurrentPeriod.End)
	if err != nil {
		return nil, err
	}
	if _, waits := events[0].(UpdatePending); waits {
		event.Status = StatusIncomplete
	} else {
		events = events[1:] // active from the beginning, so that nothing activates it
	}
	return append([]domain.Event{event}, events...), nil
}

func checkSeats(check *domain.Check, terms pricing.Terms, seats int64) {
	if !terms.AllowsSeats(seats) {
		check.Require(false, "/seats", "seats_out_of_range", "%s", seatsOutOfRange("/seats", terms).Message)
	}
}

// checkPayment checks collection_invalid, days_until_due_invalid and payment_method_not_found: without a payment
// gateway there are no payment methods.
func checkPayment(check *domain.Check, collection Collection, method *string, days *int) {
	check.Require(collection == CollectionAutomatic || collection == CollectionSendInvoice, "/collection",
		"collection_invalid", "collection must be automatic or send_invoice")
	check.Require(method == nil, "/payment_method", "payment_method_not_found", "there is no such payment method")
	check.Require(days == nil || *days >= 0 && *days <= daysUntilDueMax, "/days_until_due", "days_until_due_invalid",
		"days_until_due must be 0 to %d", daysUntilDueMax)
}

// checkDiscount checks coupon_not_found and currency_mismatch.
func checkDiscount(check *domain.Check, discount *pricing.Discount, terms pricing.Terms) {
	if check.Require(discount != nil, "/coupon", "coupon_not_found", "there is no such coupon") && discount.AmountOff != nil {
		check.Require(discount.AmountOff.Currency() == terms.Currency, "/coupon", "currency_mismatch",
			"the coupon is in %s and the price in %s", discount.AmountOff.Currency(), terms.Currency)
	}
}

// daysUntilDue is at once where money is collected, and a month where an invoice is sent.
func daysUntilDue(collection Collection, days *int) int {
	switch {
	case days != nil:
		return *days
	case collection == CollectionAutomatic:
		return 0
	}
	return daysUntilDueDefault
}

// beginning is where a subscription's periods begin.
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
	zone := timeZoneDefault
	if c.TimeZone != nil {
		zone = *c.TimeZone
	}
	location, err := period.LoadZone(zone)
	if !check.Require(err == nil, "/time_zone", period.CodeTimeZoneUnknown,
		"time_zone must be an IANA name such as Europe/Berlin") {
		return beginning{}, nil
	}
	if c.BillingAnchor == nil {
		return begin(now, c.Terms, zone)
	}
	today := period.DateIn(now, location)
	date, err := period.ParseDate(*c.BillingAnchor)
	if err == nil && date == today {
		return begin(now, c.Terms, zone) // where the first period begins anyway
	}
	full := date.AddMonths(-c.Terms.Cycle().Months()) // where the period begins that ends at the anchor
	ok := err == nil && today.Before(date) && !today.Before(full)
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
