package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// TrialDaysMax is how long a trial may last with all its extensions.
const TrialDaysMax = 730

// startTrial is refused with subscription_exists, no_trial, seats_in_use, or its fields: seats_out_of_range,
// time_zone_unknown, at_end_invalid. Whether the workspace had one before is for domain/trial to say.
func startTrial(s State, c StartTrial, now time.Time) ([]domain.Event, error) {
	if c.ID == "" || c.Terms.Price == "" {
		return nil, errIncomplete
	}
	begun, err := checkTrial(c)
	switch {
	case err != nil:
		return nil, err
	case s.Live():
		return nil, s.conflict(now, "subscription_exists", "the workspace has the subscription %s already", s.ID)
	case begun.seats < c.SeatsInUse:
		return nil, s.seatsInUse(now, begun.seats, c.SeatsInUse)
	}
	end := period.DaysLater(now, c.Terms.TrialDays, begun.zone, c.Terms.Proration)
	event := Created{
		ID: c.ID, Status: StatusTrialing, Terms: c.Terms, Seats: begun.seats, Collection: CollectionAutomatic,
		TimeZone:      begun.zone.String(),
		Anchor:        period.AnchorAt(end, begun.zone, c.Terms.Proration),
		CurrentPeriod: period.Period{Start: now, End: end},
		Trial:         &Trial{Start: now, End: end, AtEnd: begun.atEnd},
	}
	if s.ID != "" {
		event.Previous = &s.ID
	}
	return []domain.Event{event}, nil
}

// trialStart is what a trial begins with.
type trialStart struct {
	seats int64
	zone  *time.Location
	atEnd AtEnd
}

// checkTrial checks the fields of a new trial, no_trial among them, and fills in what was left out.
func checkTrial(c StartTrial) (begun trialStart, err error) {
	var check domain.Check
	zone := timeZoneDefault
	begun.seats, begun.atEnd = max(c.SeatsInUse, c.Terms.MinSeats), AtEndFree
	if c.Seats != nil {
		begun.seats = *c.Seats
	}
	if c.TimeZone != nil {
		zone = *c.TimeZone
	}
	if c.AtEnd != nil {
		begun.atEnd = *c.AtEnd
	}
	checkSeats(&check, c.Terms, begun.seats)
	check.Require(begun.atEnd == AtEndFree || begun.atEnd == AtEndCancel || begun.atEnd == AtEndPause, "/at_end",
		"at_end_invalid", "at_end must be free, cancel or pause")
	begun.zone, err = period.LoadZone(zone)
	check.Require(err == nil, "/time_zone", period.CodeTimeZoneUnknown, "time_zone must be an IANA name such as Europe/Berlin")
	check.Require(c.Terms.TrialDays > 0, "/price", "no_trial", "price %s has no trial", c.Terms.Price)
	return begun, check.Rejection()
}

// changeTrial changes the price at once and for free. The first start stays, and the end too, unless the new price
// grants more days from that start.
func (s State) changeTrial(terms pricing.Terms, change string, now time.Time) ([]domain.Event, error) {
	location, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return nil, err
	}
	var events []domain.Event
	granted := period.DaysLater(s.Trial.Start, terms.TrialDays, location, s.Terms.Proration)
	if terms.TrialDays > 0 && granted.After(s.Trial.End) {
		events = append(events, s.extended(granted, location))
		s = Evolve(s, events[0])
	}
	if pricing.CompareTerms(s.Terms, terms) == pricing.ChangeDowngrade {
		return append(events, Downgraded{ID: s.ID, Change: change, From: s.Terms.Price, Terms: terms, EffectiveAt: now}), nil
	}
	return append(events, Upgraded{
		ID: s.ID, From: s.Terms.Price, Terms: terms, EffectiveAt: now, Anchor: s.Anchor, CurrentPeriod: s.CurrentPeriod,
	}), nil
}

// extended lets the trial end later.
func (s State) extended(end time.Time, zone *time.Location) TrialExtended {
	return TrialExtended{ID: s.ID, From: s.Trial.End, To: end, Anchor: period.AnchorAt(end, zone, s.Terms.Proration)}
}

// convertTrial is refused with anchor_invalid, currency_mismatch, family_mismatch, seats_in_use, or its fields:
// seats_out_of_range, collection_invalid, payment_method_not_found. With the trial's end as its anchor nothing is billed
// before that.
func convertTrial(s State, c ConvertTrial, now time.Time) ([]domain.Event, error) {
	anchor, terms, seats, collection := ConvertNow, s.Terms, s.Seats, s.Collection
	if c.Anchor != nil {
		anchor = *c.Anchor
	}
	if c.Terms != nil && c.Terms.Price != s.Terms.Price {
		terms = *c.Terms
		if err := s.checkTerms(now, terms); err != nil {
			return nil, err
		}
	}
	if c.Seats != nil {
		seats = *c.Seats
	}
	if c.Collection != nil {
		collection = *c.Collection
	}
	var check domain.Check
	check.Require(anchor == ConvertNow || anchor == ConvertTrialEnd, "/anchor", "anchor_invalid", "anchor must be now or trial_end")
	checkSeats(&check, terms, seats)
	checkPayment(&check, collection, c.PaymentMethod, nil)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if seats < c.SeatsInUse {
		return nil, s.seatsInUse(now, seats, c.SeatsInUse)
	}
	return s.convert(terms, seats, collection, anchor, c.Billing, now)
}

func (s State) convert(
	terms pricing.Terms, seats int64, collection Collection, anchor ConvertAnchor, b Billing, now time.Time,
) ([]domain.Event, error) {
	var events []domain.Event
	if collection != s.Collection {
		events = append(events, CollectionChanged{ID: s.ID, Collection: collection, DaysUntilDue: daysUntilDue(collection, nil)})
		s = Evolve(s, events[0])
	}
	if anchor == ConvertNow {
		update, err := s.conversion(terms, seats, b.Change, now)
		if err != nil {
			return nil, err
		}
		billed, err := s.carryOut(update, b, now, s.Trial.End)
		return append(events, billed...), err
	}
	if terms.Price != s.Terms.Price {
		changed, err := s.changeTrial(terms, b.Change, now)
		if err != nil {
			return nil, err
		}
		events = append(events, changed...)
	}
	if seats != s.Seats {
		events = append(events, SeatsChanged{ID: s.ID, From: s.Seats, To: seats, EffectiveAt: now})
	}
	return append(events, ConversionScheduled{ID: s.ID}), nil
}

// conversion begins the first paid period at an instant.
func (s State) conversion(terms pricing.Terms, seats int64, change string, at time.Time) (Update, error) {
	begun, err := begin(at, terms, s.TimeZone)
	if err != nil {
		return Update{}, err
	}
	return s.priced(Update{
		Change: change, Kind: ChangeConvert, Reason: ReasonCreate, Terms: terms, Seats: seats, EffectiveAt: at,
		Anchor: begun.anchor, CurrentPeriod: begun.period,
	}, pricing.LineKindCharge, nil, s.Discount.next().current())
}

// endTrial makes it paid when there is a way to pay, and otherwise ends it by its policy. Nothing waits for the money
// then: an invoice that is not paid is overdue.
func (s State) endTrial(at time.Time, c Run) ([]domain.Event, error) {
	if s.becomesPaid(c.PaymentMethod) {
		if c.Invoice == "" {
			return nil, errIncomplete
		}
		update, err := s.conversion(s.Terms, s.Seats, conversionChange, at)
		if err != nil {
			return nil, err
		}
		billed, err := s.collected(s.billing(conversionChange, c.Invoice, ReasonCreate, at, update.Bill), c.Billing)
		return append(s.facts(update, at), billed...), err
	}
	switch s.Trial.AtEnd {
	case AtEndPause:
		return []domain.Event{Paused{ID: s.ID, PausedAt: at}}, nil
	case AtEndCancel:
		return []domain.Event{s.canceled(at, CanceledTrial, SettlementNone)}, nil
	}
	return []domain.Event{Expired{ID: s.ID, Status: StatusExpired, ExpiredAt: at}}, nil
}

// becomesPaid reports whether there is a way to pay when the trial ends.
func (s State) becomesPaid(paymentMethod bool) bool {
	return s.Collection == CollectionSendInvoice || s.Trial.Convert || paymentMethod
}

// extendTrial is refused with end_invalid or reason_invalid.
func extendTrial(s State, c ExtendTrial) ([]domain.Event, error) {
	var check domain.Check
	end := c.End.UTC().Truncate(time.Microsecond)
	check.Require(end.After(s.Trial.End) && !end.After(s.Trial.Start.AddDate(0, 0, TrialDaysMax)), "/end", "end_invalid",
		"end must be after %s and at most %d days after the trial's start", s.Trial.End.Format(time.RFC3339), TrialDaysMax)
	check.Require(len(c.Reason) > 0 && len(c.Reason) <= 500, "/reason", "reason_invalid", "reason must be 1 to 500 bytes long")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	location, err := period.LoadZone(s.TimeZone)
	if err != nil {
		return nil, err
	}
	return []domain.Event{s.extended(end, location)}, nil
}
