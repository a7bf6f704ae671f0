package subscription

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	// ErrDue says that a deadline is due and must be carried out first, with [Run], in the same decision.
	ErrDue = errors.New("a deadline of the subscription is due first")

	errIncomplete = errors.New("a command on a subscription lacks an id, terms or what an invoice is settled by")
)

// Decide judges a command on a workspace's subscription. A refusal is a *[domain.Rejection] with a code named at the
// leaf, besides those of an action that the state does not allow; conflicts say which actions it does. A client's command
// that comes when a deadline is due gets [ErrDue], which is no refusal.
func Decide(s State, command Command, meta domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case Run:
		return run(s, c, meta.Now)
	case CreditLines, RestoreLines, DropUpdate, Settle, Restrict:
		return follow(s, c, meta.Now)
	}
	if deadline, ok := s.NextDeadline(); ok && !deadline.At.After(meta.Now) {
		return nil, ErrDue
	}
	switch c := command.(type) {
	case Create:
		return create(s, c, meta.Now)
	case StartTrial:
		return startTrial(s, c, meta.Now)
	case Complete:
		return complete(s, c, meta.Now)
	}
	if action, ok := actionOf(command); ok {
		if err := s.refuse(action, meta.Now); err != nil {
			return nil, err
		}
	}
	return decide(s, command, meta.Now)
}

// decide judges what the state allows.
func decide(s State, command Command, now time.Time) ([]domain.Event, error) {
	switch c := command.(type) {
	case Upgrade:
		return upgrade(s, c, now)
	case Downgrade:
		return downgrade(s, c, now)
	case ChangeSeats:
		return changeSeats(s, c, now)
	case RemoveUnusedSeats:
		seats := max(c.SeatsInUse, s.Terms.MinSeats)
		return changeSeats(s, ChangeSeats{Billing: Billing{Change: c.Change}, Seats: min(seats, s.Seats), SeatsInUse: c.SeatsInUse}, now)
	case CancelPendingChange:
		return []domain.Event{s.unscheduled(UnscheduledCanceled)}, nil
	case CancelPendingUpdate:
		return []domain.Event{s.updateCanceled()}, nil
	case Cancel:
		return cancel(s, c, now)
	case Uncancel:
		return []domain.Event{CancellationRevoked{ID: s.ID}}, nil
	case Pause:
		return pause(s, c, now)
	case Resume:
		return resume(s, c, now)
	case ConvertTrial:
		return convertTrial(s, c, now)
	case CancelTrial:
		return append(s.dropped(UnscheduledEnding), s.canceled(now, CanceledTrial, SettlementNone)), nil
	case ExtendTrial:
		return extendTrial(s, c)
	}
	return manage(s, command)
}

func actionOf(command Command) (string, bool) {
	switch command.(type) {
	case Upgrade:
		return ActionUpgrade, true
	case Downgrade:
		return ActionDowngrade, true
	case ChangeSeats:
		return ActionChangeSeats, true
	case RemoveUnusedSeats:
		return ActionRemoveUnusedSeats, true
	case CancelPendingChange:
		return ActionCancelPendingChange, true
	case CancelPendingUpdate:
		return ActionCancelPendingUpdate, true
	case Cancel:
		return ActionCancel, true
	case Uncancel:
		return ActionUncancel, true
	case Pause:
		return ActionPause, true
	case Resume:
		return ActionResume, true
	case ChangeCollection:
		return ActionChangeCollection, true
	case ApplyDiscount:
		return ActionApplyDiscount, true
	case RemoveDiscount:
		return ActionRemoveDiscount, true
	case ConvertTrial:
		return ActionConvertTrial, true
	case CancelTrial:
		return ActionCancelTrial, true
	case ExtendTrial:
		return ActionExtendTrial, true
	}
	return "", false
}

// checkTerms is refused with no_change, currency_mismatch or seats_out_of_range: the present number of seats can't be
// had at the new price.
func (s State) checkTerms(now time.Time, terms pricing.Terms) error {
	switch {
	case terms.Price == "":
		return errIncomplete
	case terms.Price == s.Terms.Price:
		return domain.InvalidField("/price", "no_change", "the subscription is at price %s already", terms.Price)
	case s.Terms.Currency != terms.Currency:
		return s.conflict(now, "currency_mismatch", "the subscription is in %s and price %s in %s",
			s.Terms.Currency, terms.Price, terms.Currency)
	case s.Status == StatusTrialing && s.Terms.Family != terms.Family:
		return s.conflict(now, "family_mismatch", "the trial is of the family %s, and price %s of %s",
			s.Terms.Family, terms.Price, terms.Family)
	}
	return nil
}

func seatsOutOfRange(pointer string, terms pricing.Terms) *domain.Rejection {
	most := int64(pricing.SeatsMax)
	if terms.MaxSeats != nil {
		most = *terms.MaxSeats
	}
	return domain.InvalidField(pointer, "seats_out_of_range", "price %s takes %d to %d seats", terms.Price, max(terms.MinSeats, 1), most)
}

func (s State) seatsInUse(now time.Time, requested, inUse int64) error {
	rejection := s.conflict(now, "seats_in_use", "%d seats are in use, more than the %d asked for", inUse, requested)
	return rejection.With("in_use", inUse).With("requested", requested)
}
