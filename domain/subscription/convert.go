package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// conversionChange begins the keys of the lines that are billed when a trial becomes paid at its end.
const conversionChange = "convert"

// ConvertAnchor tells when a converted trial's first paid period begins.
type ConvertAnchor string

const (
	ConvertNow      ConvertAnchor = "now"
	ConvertTrialEnd ConvertAnchor = "trial_end"
)

// ConvertAnchors lists all of them.
var ConvertAnchors = []ConvertAnchor{ConvertNow, ConvertTrialEnd}

// ConvertTrial makes a trial paid before its end.
type ConvertTrial struct {
	Billing
	Price         *string
	Terms         *pricing.Terms
	Seats         *int64
	SeatsInUse    int64
	Collection    *Collection
	PaymentMethod *string
	Coupon        *string
	Discount      *pricing.Discount // nil when there is no such coupon
	Anchor        *ConvertAnchor    // now when nil
}

// ConversionScheduled lets the trial become paid at its end.
type ConversionScheduled struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (ConversionScheduled) EventType() string { return "subscription.conversion_scheduled.v1" }

func (ConversionScheduled) evolve(s State) State {
	s.Trial = &Trial{Start: s.Trial.Start, End: s.Trial.End, AtEnd: s.Trial.AtEnd, Convert: true}
	return s
}

// TrialConverted begins the first paid period.
type TrialConverted struct {
	ID            string        `json:"id"`
	Change        string        `json:"change"`
	Terms         pricing.Terms `json:"terms"`
	Seats         int64         `json:"seats"`
	ConvertedAt   time.Time     `json:"converted_at"`
	Anchor        period.Anchor `json:"anchor"`
	CurrentPeriod period.Period `json:"current_period"`
	// Discount begins with the period, instead of another one.
	Discount *pricing.Discount `json:"discount,omitempty"`
}

// EventType gives the stored name.
func (TrialConverted) EventType() string { return "subscription.trial_converted.v1" }

func (e TrialConverted) evolve(s State) State {
	s.Status, s.Terms, s.Seats, s.Discount = StatusActive, e.Terms, e.Seats, s.converted(e.Discount)
	return s.withPeriod(e.Anchor, e.CurrentPeriod, false)
}

func (ConvertTrial) action() string { return ActionConvertTrial }

// decide refuses with anchor_invalid, currency_mismatch, family_mismatch, seats_in_use, or its fields: seats_out_of_range,
// amount_out_of_range, collection_invalid, payment_method_not_found, coupon_not_found, currency_mismatch (of the coupon). With
// the trial's end as its anchor nothing is billed before that.
func (c ConvertTrial) decide(s State, meta domain.Meta) ([]Fact, error) {
	anchor, terms := domain.Or(c.Anchor, ConvertNow), domain.Or(c.Terms, s.Terms)
	seats, collection := domain.Or(c.Seats, s.Seats), domain.Or(c.Collection, s.Collection)
	if terms.Price == s.Terms.Price {
		terms = s.Terms // as they were sold
	} else if err := s.checkTerms(meta.Now, terms); err != nil {
		return nil, err
	}
	var check domain.Check
	check.Require(anchor == ConvertNow || anchor == ConvertTrialEnd, "/anchor", "anchor_invalid", "anchor must be now or trial_end")
	check.Add(s.checkPrice("/seats", terms, seats))
	checkPayment(&check, collection, c.PaymentMethod, nil)
	if c.Coupon != nil {
		checkDiscount(&check, c.Discount, terms)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if seats < c.SeatsInUse {
		return nil, s.seatsInUse(meta.Now, seats, c.SeatsInUse)
	}
	c.Terms, c.Seats, c.Collection = &terms, &seats, &collection
	return s.convertEvents(c, anchor, meta.Now)
}

// convertEvents carry out a conversion whose terms, seats and collection are given and checked.
func (s State) convertEvents(c ConvertTrial, anchor ConvertAnchor, now time.Time) ([]Fact, error) {
	terms, seats, collection := *c.Terms, *c.Seats, *c.Collection
	var events []Fact
	if collection != s.Collection {
		changed := CollectionChanged{ID: s.ID, Collection: collection, DaysUntilDue: daysUntilDue(collection, nil)}
		events, s = append(events, changed), changed.evolve(s)
	}
	if anchor == ConvertNow {
		update, err := s.conversionUpdate(terms, seats, c.Discount, c.Change, now)
		if err != nil {
			return nil, err
		}
		if err := s.checkEnd(update.CurrentPeriod.End, now); err != nil {
			return nil, err
		}
		converted, err := s.carryOutEvents(update, c.Billing, now, s.Trial.End)
		return append(events, converted...), err
	}
	if s.Cancellation != nil && !s.Trial.End.Before(s.Cancellation.At) {
		return nil, s.conflict(now, "invalid_transition", "the subscription ends with its trial; uncancel it first")
	}
	if terms.Price != s.Terms.Price {
		changed, err := s.trialPriceEvents(terms, c.Change, now)
		if err != nil {
			return nil, err
		}
		events = append(events, changed...)
	}
	if seats != s.Seats {
		events = append(events, SeatsChanged{ID: s.ID, From: s.Seats, To: seats, EffectiveAt: now})
	}
	if c.Discount != nil {
		events = append(events, DiscountApplied{ID: s.ID, Discount: *c.Discount})
	}
	return append(events, ConversionScheduled{ID: s.ID}), nil
}

// converted gives the discount that waits for a trial's first paid period: that of the conversion, or without one the
// trial's.
func (s State) converted(discount *pricing.Discount) *Discount {
	if discount == nil {
		return s.Discount
	}
	return newDiscount(discount, nil)
}

// conversionUpdate begins the first paid period at an instant.
func (s State) conversionUpdate(
	terms pricing.Terms, seats int64, discount *pricing.Discount, change string, at time.Time,
) (Update, error) {
	begun, err := begin(at, terms, s.TimeZone)
	if err != nil {
		return Update{}, err
	}
	return s.priced(Update{
		Change: change, Kind: ChangeConvert, Reason: ReasonCreate, Terms: terms, Seats: seats, EffectiveAt: at,
		Anchor: begun.anchor, CurrentPeriod: begun.period, Discount: discount,
	}, pricing.LineKindCharge, nil, s.converted(discount).next(at).current())
}
