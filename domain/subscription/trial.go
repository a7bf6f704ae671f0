package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// TrialDaysMax bounds how long a trial may last with all its extensions.
const TrialDaysMax = 730

// AtEnd tells what a trial becomes that ends without a way to pay.
type AtEnd string

const (
	AtEndFree   AtEnd = "free" // the free plan
	AtEndCancel AtEnd = "cancel"
	AtEndPause  AtEnd = "pause"
)

// AtEnds lists all of them.
var AtEnds = []AtEnd{AtEndFree, AtEndCancel, AtEndPause}

// Trial spans the time before the first bill.
type Trial struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	AtEnd   AtEnd     `json:"at_end"`
	Convert bool      `json:"convert"` // it becomes paid at its end, whatever AtEnd says
}

// lastEnd tells when the trial ends at the latest, with all its extensions.
func (t Trial) lastEnd() time.Time { return t.Start.AddDate(0, 0, TrialDaysMax) }

// StartTrial begins a trial. Price is required.
type StartTrial struct {
	ID         string
	Price      string
	Terms      pricing.Terms
	Seats      *int64 // as many as are in use when nil
	SeatsInUse int64
	TimeZone   *string
	AtEnd      *AtEnd // free when nil
	Coupon     *string
	Discount   *pricing.Discount // nil when there is no such coupon
}

func (StartTrial) action() string { return actionOfRule }

// decide refuses with subscription_exists, no_trial, seats_in_use, or its fields: seats_out_of_range, amount_out_of_range,
// time_zone_unknown, at_end_invalid, coupon_not_found, currency_mismatch (of the coupon). The stream of domain/trial knows
// whether the workspace had a trial before.
func (c StartTrial) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.ID == "" || c.Terms.Price == "" {
		return nil, errIncomplete
	}
	seats := domain.Or(c.Seats, max(c.SeatsInUse, c.Terms.MinSeats))
	atEnd := domain.Or(c.AtEnd, AtEndFree)
	var check domain.Check
	check.Add(s.checkPrice("/seats", c.Terms, seats))
	check.Require(atEnd == AtEndFree || atEnd == AtEndCancel || atEnd == AtEndPause, "/at_end",
		"at_end_invalid", "at_end must be free, cancel or pause")
	zone, _ := checkTimeZone(&check, c.TimeZone)
	check.Require(c.Terms.TrialDays > 0, "/price", "no_trial", "price %s has no trial", c.Terms.Price)
	if c.Coupon != nil {
		checkDiscount(&check, c.Discount, c.Terms)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if err := s.checkNew(seats, c.SeatsInUse, meta.Now); err != nil {
		return nil, err
	}
	end := period.DaysLater(meta.Now, c.Terms.TrialDays, zone, c.Terms.Proration)
	return []Fact{Created{
		ID: c.ID, Previous: s.previous(), Status: StatusTrialing, Terms: c.Terms, Seats: seats, Collection: CollectionAutomatic,
		TimeZone:      zone.String(),
		Anchor:        period.AnchorAt(end, zone, c.Terms.Proration),
		CurrentPeriod: period.Period{Start: meta.Now, End: end},
		Trial:         &Trial{Start: meta.Now, End: end, AtEnd: atEnd},
		Discount:      c.Discount,
	}}, nil
}

// ExtendTrial lets a trial end later.
type ExtendTrial struct {
	End    time.Time
	Reason string
}

// TrialExtended lets the trial end later, by an operator, or because another plan grants more days. The periods that
// follow begin with the new end.
type TrialExtended struct {
	ID     string        `json:"id"`
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Anchor period.Anchor `json:"anchor"`
}

// EventType gives the stored name.
func (TrialExtended) EventType() string { return "subscription.trial_extended.v1" }

func (e TrialExtended) evolve(s State) State {
	s.Trial = &Trial{Start: s.Trial.Start, End: e.To, AtEnd: s.Trial.AtEnd, Convert: s.Trial.Convert}
	s.CurrentPeriod.End, s.Anchor = e.To, e.Anchor
	if s.Cancellation != nil && s.Cancellation.At.Equal(e.From) {
		s.Cancellation = &Cancellation{At: e.To, Settlement: s.Cancellation.Settlement}
	}
	return s
}

func (ExtendTrial) action() string { return ActionExtendTrial }

// decide refuses with end_invalid or reason_invalid.
func (c ExtendTrial) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	end := c.End.UTC().Truncate(time.Microsecond)
	check.Require(end.After(s.Trial.End) && !end.After(s.Trial.lastEnd()), "/end", "end_invalid",
		"end must be after %s and at most %d days after the trial's start", s.Trial.End.Format(time.RFC3339), TrialDaysMax)
	check.Text("/reason", "reason_invalid", c.Reason, 1, 500)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return nil, err
	}
	return []Fact{s.extendedEvent(end, zone)}, nil
}

func (s State) extendedEvent(end time.Time, zone *time.Location) TrialExtended {
	return TrialExtended{ID: s.ID, From: s.Trial.End, To: end, Anchor: period.AnchorAt(end, zone, s.Terms.Proration)}
}

// trialPriceEvents change the price at once and for free. The first start stays, and the end too, unless an upgrade grants
// more days from that start.
func (s State) trialPriceEvents(terms pricing.Terms, change string, now time.Time) ([]Fact, error) {
	zone, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return nil, err
	}
	if pricing.CompareTerms(s.Terms, terms) == pricing.ChangeDowngrade {
		return []Fact{Downgraded{ID: s.ID, Change: change, From: s.Terms.Price, Terms: terms, EffectiveAt: now}}, nil
	}
	var events []Fact
	granted := period.DaysLater(s.Trial.Start, terms.TrialDays, zone, s.Terms.Proration)
	if terms.TrialDays > 0 && granted.After(s.Trial.End) {
		extended := s.extendedEvent(granted, zone)
		events, s = append(events, extended), extended.evolve(s)
	}
	return append(events, Upgraded{
		ID: s.ID, From: s.Terms.Price, Terms: terms, EffectiveAt: now, Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod,
	}), nil
}

// CancelTrial ends a trial at once.
type CancelTrial struct{}

func (CancelTrial) action() string { return ActionCancelTrial }

func (CancelTrial) decide(s State, meta domain.Meta) ([]Fact, error) {
	return append(s.dropEvents(), s.canceledEvent(meta.Now, CanceledTrial, SettlementNone)), nil
}

// trialEndEvents make the trial paid when there is a way to pay, and otherwise end it by its policy. Nothing waits for the
// money then: an invoice that is not paid is overdue.
func (s State) trialEndEvents(at time.Time, c Run) ([]Fact, error) {
	if s.becomesPaid(c.PaymentMethod) {
		if c.Invoice == "" {
			return nil, errIncomplete
		}
		update, err := s.conversionUpdate(s.Terms, s.Seats, nil, conversionChange, at)
		if err != nil {
			return nil, err
		}
		billed, err := s.billEvents(conversionChange, ReasonCreate, at, update.Bill, c.Billing)
		return append(s.updateEvents(update, at), billed...), err
	}
	switch s.Trial.AtEnd {
	case AtEndPause:
		return []Fact{Paused{ID: s.ID, PausedAt: at}}, nil
	case AtEndCancel:
		return []Fact{s.canceledEvent(at, CanceledTrial, SettlementNone)}, nil
	default:
		return []Fact{Expired{ID: s.ID, Status: StatusExpired, ExpiredAt: at}}, nil
	}
}

// becomesPaid reports whether there is a way to pay when the trial ends.
func (s State) becomesPaid(paymentMethod bool) bool {
	return s.Collection == CollectionSendInvoice || s.Trial.Convert || paymentMethod
}
