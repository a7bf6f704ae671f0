package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// updateLife is how long an update waits for money, and never past the period's end.
const updateLife = 23 * time.Hour

// priced bills an update: what ends with it, and the charge from its instant to its period's end.
func (s State) priced(u Update, kind pricing.LineKind, ends []pricing.Debit, discount *pricing.Discount) (Update, error) {
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
	if kind == pricing.LineKindSeats {
		charge.Before = s.Seats
	}
	u.Bill, err = pricing.Price(pricing.Order{
		Subscription: s.ID, Change: u.Change, Currency: u.Terms.Currency, Ends: ends, Schedule: billedBy, At: u.EffectiveAt,
		Charge: charge, Discount: discount,
	})
	return u, err
}

// carryOut lets an update happen, or wait for money where it is collected automatically and some is due. What waits
// lapses with its period, at end.
func (s State) carryOut(u Update, b Billing, now, end time.Time) ([]domain.Event, error) {
	if b.Change == "" || b.Invoice == "" {
		return nil, errIncomplete
	}
	due, err := s.due(u.Bill, b)
	if err != nil {
		return nil, err
	}
	if s.Collection == CollectionAutomatic && due.Sign() > 0 {
		expires := now.Add(updateLife)
		if end.Before(expires) {
			expires = end
		}
		pending := PendingUpdate{Update: u, Invoice: b.Invoice, ExpiresAt: expires, DaysUntilDue: s.DaysUntilDue}
		return []domain.Event{UpdatePending{ID: s.ID, PendingUpdate: pending}}, nil
	}
	return append(s.facts(u, now), s.billing(u.Change, b.Invoice, u.Reason, now, u.Bill)...), nil
}

// facts are what an update comes to, but for its bill.
func (s State) facts(u Update, now time.Time) []domain.Event {
	var events []domain.Event
	if s.PendingChange != nil && (u.Kind == ChangeUpgrade || u.Kind == ChangeOfSeats && s.PendingChange.Kind == ChangeOfSeats) {
		events = append(events, s.unscheduled(UnscheduledSuperseded))
	}
	switch u.Kind {
	case ChangeCreate:
		events = append(events, Activated{ID: s.ID, ActivatedAt: now})
	case ChangeUpgrade:
		events = append(events, Upgraded{
			ID: s.ID, From: s.Terms.Price, Terms: u.Terms, EffectiveAt: u.EffectiveAt,
			Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod, Stub: u.Stub,
		})
	case ChangeOfSeats:
		events = append(events, SeatsChanged{ID: s.ID, From: s.Seats, To: u.Seats, EffectiveAt: u.EffectiveAt})
	case ChangeResume:
		events = append(events, Resumed{
			ID: s.ID, Change: u.Change, ResumedAt: u.EffectiveAt, Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod, Stub: u.Stub,
		})
	case ChangeConvert:
		events = append(events, TrialConverted{
			ID: s.ID, Change: u.Change, Terms: u.Terms, Seats: u.Seats, ConvertedAt: u.EffectiveAt,
			Anchor: u.Anchor, CurrentPeriod: u.CurrentPeriod,
		})
	}
	return events
}

// billing is the event of a bill, and none of one without lines.
func (s State) billing(change, invoice string, reason Reason, at time.Time, bill pricing.Bill) []domain.Event {
	if len(bill.Lines) == 0 {
		return nil
	}
	return []domain.Event{Billed{
		ID: s.ID, Change: change, Invoice: invoice, Reason: reason, BilledAt: at, DaysUntilDue: s.DaysUntilDue,
		Period: span(bill), Bill: bill,
	}}
}

// span is the time that a bill is for.
func span(bill pricing.Bill) period.Period {
	whole := bill.Lines[0].Period
	for _, line := range bill.Lines {
		if line.Period.Start.Before(whole.Start) {
			whole.Start = line.Period.Start
		}
		if line.Period.End.After(whole.End) {
			whole.End = line.Period.End
		}
	}
	return whole
}

// complete makes what waited for an invoice happen, as it was quoted. Of any other invoice nothing comes.
func complete(s State, c Complete, now time.Time) ([]domain.Event, error) {
	if s.PendingUpdate == nil || s.PendingUpdate.Invoice != c.Invoice {
		return nil, nil
	}
	pending := *s.PendingUpdate
	return append(s.facts(pending.Update, now),
		UpdateApplied{ID: s.ID, Change: pending.Change, Invoice: pending.Invoice}), nil
}

func (s State) unscheduled(reason string) domain.Event {
	return ChangeUnscheduled{ID: s.ID, Change: s.PendingChange.Change, Reason: reason}
}

func (s State) updateCanceled() domain.Event {
	return UpdateCanceled{ID: s.ID, Change: s.PendingUpdate.Change, Invoice: s.PendingUpdate.Invoice}
}

// dropped are the ends of all that waits.
func (s State) dropped(reason string) []domain.Event {
	var events []domain.Event
	if s.PendingUpdate != nil {
		events = append(events, s.updateCanceled())
	}
	if s.PendingChange != nil {
		events = append(events, s.unscheduled(reason))
	}
	return events
}
