package subscription

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	// ErrDue asks for a deadline that is due to be carried out first, with [Run], in the same decision.
	ErrDue = errors.New("a deadline of the subscription is due first")

	errIncomplete = errors.New("a command on a subscription lacks an id, terms or what an invoice is settled by")
)

// Command asks for something of a workspace's subscription. Its caller looks up what a client does not give: ids are made
// at the edge, Terms are the catalog's of Price, which must be for sale, Discount the catalog's of Coupon, SeatsInUse the
// seat pool's, and Version the stream's.
type Command interface {
	// action names what the state must allow, or tells that the state does not decide.
	action() string
	decide(State, domain.Meta) ([]Fact, error)
}

const (
	actionOfRule = ""       // the command's own rule decides alone
	actionFollow = "follow" // so it does, even before what is due: the command follows from a deadline or an invoice
)

// Decide judges a command on a workspace's subscription. It refuses with a *[domain.Rejection], by the codes of the rule
// and those of an action that the state does not allow; conflicts name the actions that it does. A client's command that
// comes when a deadline is due gets [ErrDue], which is no refusal.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) {
	action := c.action()
	if action != actionFollow && s.isDue(meta.Now) {
		return nil, ErrDue
	}
	if p, ok := c.(purchase); ok && p.buys(s) {
		if err := s.checkPaid(); err != nil {
			return nil, err
		}
	}
	if action != actionFollow && action != actionOfRule {
		if err := s.refuse(action, meta.Now); err != nil {
			return nil, err
		}
	}
	return c.decide(s, meta)
}

// Actions that a client may take on a subscription, by the names that clients see.
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

// Actions lists all of them, in the order that clients see.
var Actions = []string{
	ActionCreate, ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingChange,
	ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionPause, ActionResume, ActionChangeCollection, ActionApplyDiscount,
	ActionRemoveDiscount, ActionConvertTrial, ActionCancelTrial, ActionExtendTrial,
}

// byStatus lists what a status allows, in the order that clients see.
var byStatus = map[Status][]string{
	StatusIncomplete: {ActionCancel},
	StatusTrialing: {ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingUpdate,
		ActionCancel, ActionUncancel, ActionChangeCollection, ActionApplyDiscount, ActionRemoveDiscount,
		ActionConvertTrial, ActionCancelTrial, ActionExtendTrial},
	StatusActive: {ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingChange,
		ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionPause, ActionChangeCollection, ActionApplyDiscount,
		ActionRemoveDiscount},
	StatusPastDue: {ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingChange,
		ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionPause, ActionChangeCollection, ActionApplyDiscount,
		ActionRemoveDiscount},
	StatusRestricted: {ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancelPendingChange, ActionCancelPendingUpdate,
		ActionCancel, ActionUncancel, ActionChangeCollection},
	StatusPaused: {ActionCancelPendingChange, ActionCancelPendingUpdate, ActionCancel, ActionUncancel, ActionResume,
		ActionChangeCollection, ActionApplyDiscount, ActionRemoveDiscount},
}

// AvailableActions lists what works now, in a fixed order. Time makes invoices past due, so the state must be
// [State.WithPastDue] of the same instant.
func (s State) AvailableActions(now time.Time) []string {
	s, stuck := s.caughtUp(now)
	possible := []string{ActionCreate}
	switch {
	case stuck:
		possible = []string{}
	case s.Live():
		possible = slices.DeleteFunc(slices.Clone(byStatus[s.Status]), func(action string) bool { return s.allow(action, now) != nil })
	}
	return slices.DeleteFunc(possible, func(action string) bool { return !s.succeeds(action) })
}

// succeeds reports whether an action that the state allows can be taken at all, whatever is asked for.
func (s State) succeeds(action string) bool {
	switch action {
	case ActionCreate, ActionUpgrade, ActionConvertTrial:
		return s.mayBuy()
	case ActionExtendTrial:
		return s.Trial.End.Before(s.Trial.lastEnd())
	}
	return true
}

// allow refuses an action that the state does not allow: with no_subscription (there never was one), change_in_progress,
// no_discount, and invalid_transition for all else.
func (s State) allow(action string, now time.Time) error {
	switch {
	case s.ID == "":
		return NotFound()
	case !slices.Contains(byStatus[s.Status], action):
		return invalidTransition("a subscription that is %s does not allow %s", s.Status, action)
	case action == ActionPause && s.Status == StatusPastDue && !s.mayBuy():
		return invalidTransition("a payment is past due: pay it before a pause")
	case s.PendingUpdate != nil && !s.allowsWhilePending(action):
		return domain.Conflict("change_in_progress", "a change waits for the payment of invoice %s", s.PendingUpdate.Invoice)
	case s.Cancellation != nil && !s.allowsBeforeEnd(action, now):
		return invalidTransition("the subscription ends at %s; uncancel it first", s.Cancellation.At.Format(time.RFC3339))
	}
	return s.allowUndo(action, now)
}

var whilePending = []string{ActionCancelPendingUpdate, ActionCancelPendingChange, ActionCancel, ActionCancelTrial,
	ActionApplyDiscount, ActionRemoveDiscount}

// allowsWhilePending reports whether an action goes with a change that waits for money. One that begins a period is priced
// with what waits for that period, which therefore stays.
func (s State) allowsWhilePending(action string) bool {
	if action == ActionCancelPendingChange && !s.PendingUpdate.CurrentPeriod.End.Equal(s.CurrentPeriod.End) {
		return false
	}
	return slices.Contains(whilePending, action)
}

// allowsBeforeEnd reports whether an action can take effect before the end that is decided.
func (s State) allowsBeforeEnd(action string, now time.Time) bool {
	switch action {
	case ActionDowngrade, ActionRemoveUnusedSeats:
		return s.reachesNextPeriod()
	case ActionChangeSeats:
		return s.reachesNextPeriod() || s.mayBuy() // more come at once
	case ActionConvertTrial:
		begun, err := begin(now, s.Terms, s.TimeZone)
		return s.Trial.End.Before(s.Cancellation.At) || err == nil && !begun.period.End.After(s.Cancellation.At)
	}
	return true
}

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

// refuse allows an action, or refuses it with the actions that the state does allow.
func (s State) refuse(action string, now time.Time) error {
	return s.WithActions(s.allow(action, now), now)
}

// WithActions adds to a conflict what the state does allow.
func (s State) WithActions(err error, now time.Time) error {
	if rejection, ok := errors.AsType[*domain.Rejection](err); ok && rejection.Kind == domain.KindConflict {
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
