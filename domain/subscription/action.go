package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Names of what can be done with a subscription, as clients see them.
const (
	ActionCreate              = "create"
	ActionUpgrade             = "upgrade"
	ActionDowngrade           = "downgrade"
	ActionChangeSeats         = "change_seats"
	ActionRemoveUnusedSeats   = "remove_unused_seats"
	ActionCancelPendingChange = "cancel_pending_change"
	ActionCancelPendingUpdate = "cancel_pending_update"
	ActionCancel              = "cancel"
	ActionUncancel            = "uncancel"
	ActionPause               = "pause"
	ActionResume              = "resume"
	ActionChangeCollection    = "change_collection"
	ActionApplyDiscount       = "apply_discount"
	ActionRemoveDiscount      = "remove_discount"
	ActionConvertTrial        = "convert_trial"
	ActionCancelTrial         = "cancel_trial"
	ActionExtendTrial         = "extend_trial"
)

// byStatus is the table of what a status allows, in the order that clients see.
var byStatus = map[Status][]string{
	StatusIncomplete: {ActionCancel},
	StatusTrialing: {ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingUpdate,
		ActionCancel, ActionUncancel, ActionChangeCollection, ActionApplyDiscount, ActionRemoveDiscount,
		ActionConvertTrial, ActionCancelTrial, ActionExtendTrial},
	StatusActive: {ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingChange,
		ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionPause, ActionChangeCollection, ActionApplyDiscount,
		ActionRemoveDiscount},
	StatusPastDue: {ActionDowngrade, ActionRemoveUnusedSeats, ActionCancelPendingChange, ActionCancel, ActionUncancel,
		ActionChangeCollection, ActionApplyDiscount, ActionRemoveDiscount},
	StatusRestricted: {ActionCancelPendingChange, ActionCancel, ActionUncancel, ActionChangeCollection},
	StatusPaused: {ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionResume, ActionChangeCollection, ActionApplyDiscount,
		ActionRemoveDiscount},
}

// AvailableActions are what the state allows now, in a fixed order.
func (s State) AvailableActions(now time.Time) []string {
	s = s.At(now)
	if !s.Live() {
		return []string{ActionCreate}
	}
	actions := []string{}
	for _, action := range byStatus[s.Status] {
		if s.allow(action, now) == nil {
			actions = append(actions, action)
		}
	}
	return actions
}

// allow refuses an action that the state does not allow: no_subscription (there never was one), payment_past_due (pay
// first), change_in_progress, no_discount, and invalid_transition for all else.
func (s State) allow(action string, now time.Time) error {
	switch {
	case s.ID == "":
		return NotFound()
	case s.owes() && (action == ActionUpgrade || action == ActionChangeSeats):
		return &domain.Rejection{Kind: domain.KindDeclined, Code: "payment_past_due",
			Message: "an invoice is overdue: pay it first"}
	case !slices.Contains(byStatus[s.Status], action):
		return invalidTransition("a subscription that is %s does not allow %s", s.Status, action)
	case s.PendingUpdate != nil && !slices.Contains(whilePending, action):
		return domain.Conflict("change_in_progress", "a change waits for the payment of invoice %s", s.PendingUpdate.Invoice)
	case s.Cancellation != nil && slices.Contains(notBeforeEnd, action):
		return invalidTransition("the subscription ends at %s; uncancel it first", s.Cancellation.At.Format(time.RFC3339))
	}
	return s.allowUndo(action, now)
}

var (
	whilePending = []string{ActionCancelPendingUpdate, ActionCancelPendingChange, ActionCancel, ActionCancelTrial,
		ActionApplyDiscount, ActionRemoveDiscount}
	notBeforeEnd = []string{ActionUpgrade, ActionDowngrade, ActionRemoveUnusedSeats, ActionPause, ActionConvertTrial}
)

// allowUndo refuses to undo what is not there.
func (s State) allowUndo(action string, now time.Time) error {
	var nothing bool
	switch action {
	case ActionCancelPendingChange:
		nothing = s.PendingChange == nil
	case ActionCancelPendingUpdate:
		nothing = s.PendingUpdate == nil
	case ActionUncancel:
		nothing = s.Cancellation == nil || !now.Before(s.Cancellation.At)
	case ActionRemoveDiscount:
		if s.Discount == nil {
			return domain.NotFound("no_discount", "the subscription has no discount")
		}
	}
	if nothing {
		return invalidTransition("there is nothing to undo")
	}
	return nil
}

func (s State) owes() bool { return s.Status == StatusPastDue || s.Status == StatusRestricted }

// refuse is allow, with the actions that the state does allow.
func (s State) refuse(action string, now time.Time) error {
	return s.WithActions(s.allow(action, now), now)
}

// WithActions says of a conflict what the state does allow.
func (s State) WithActions(err error, now time.Time) error {
	if rejection, ok := err.(*domain.Rejection); ok && rejection.Kind == domain.KindConflict {
		rejection.Actions = s.AvailableActions(now)
	}
	return err
}

// conflict refuses what this state does not allow and says what it does.
func (s State) conflict(now time.Time, code, format string, args ...any) *domain.Rejection {
	rejection := domain.Conflict(code, format, args...)
	rejection.Actions = s.AvailableActions(now)
	return rejection
}

func invalidTransition(format string, args ...any) error {
	return domain.Conflict("invalid_transition", format, args...)
}

// NotFound refuses what is asked of a workspace that never had a subscription.
func NotFound() error {
	return domain.NotFound("no_subscription", "the workspace has no subscription")
}
