package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// cancelChange begins the keys of the lines that a scheduled cancellation credits.
const cancelChange = "canceled"

// Values that a cancellation's When may have beside a time.
const (
	CancelPeriodEnd = "period_end"
	CancelNow       = "now"
)

// Settlement tells what becomes of what was charged and will not be used.
type Settlement string

const (
	SettlementNone   Settlement = "none"
	SettlementCredit Settlement = "credit" // what of it was paid becomes the workspace's credit
	SettlementRefund Settlement = "refund" // it is paid back as far as it was paid in money, and the rest becomes credit
)

// Settlements lists all of them.
var Settlements = []Settlement{SettlementNone, SettlementCredit, SettlementRefund}

// Cancellation holds an end that is decided.
type Cancellation struct {
	At         time.Time  `json:"at"`
	Settlement Settlement `json:"settlement"`
}

// Cancel ends the subscription. When is "period_end", "now" or a time.
type Cancel struct {
	Billing
	When       string
	Settlement *Settlement
}

// CancellationScheduled lets the subscription end at CancelAt.
type CancellationScheduled struct {
	ID         string     `json:"id"`
	CancelAt   time.Time  `json:"cancel_at"`
	Settlement Settlement `json:"settlement"`
}

// EventType gives the stored name.
func (CancellationScheduled) EventType() string { return "subscription.cancellation_scheduled.v1" }

func (e CancellationScheduled) evolve(s State) State {
	s.Cancellation = &Cancellation{At: e.CancelAt, Settlement: e.Settlement}
	return s
}

// Reasons why a subscription was canceled.
const (
	CanceledRequested = "requested"
	CanceledUnpaid    = "unpaid"
	CanceledTrial     = "trial" // ended, by its policy or by request
)

// Canceled ends the subscription.
type Canceled struct {
	ID         string     `json:"id"`
	CanceledAt time.Time  `json:"canceled_at"`
	Reason     string     `json:"reason"`
	Settlement Settlement `json:"settlement"`
}

// EventType gives the stored name.
func (Canceled) EventType() string { return "subscription.canceled.v1" }

func (e Canceled) evolve(s State) State { return s.withEnd(StatusCanceled, e.CanceledAt) }

func (Cancel) action() string { return ActionCancel }

// decide refuses with when_invalid, settlement_invalid, or settlement_required: the client must say what becomes of what is
// charged beyond the end. What is only charged later, and beyond a date, becomes credit where nothing is said. A new date replaces
// an earlier one.
func (c Cancel) decide(s State, meta domain.Meta) ([]Fact, error) {
	at, err := s.cancelAt(c.When, meta.Now)
	if err != nil {
		return nil, err
	}
	settlement := SettlementNone
	if c.When != CancelPeriodEnd && at.After(meta.Now) {
		settlement = SettlementCredit
	}
	settlement = domain.Or(c.Settlement, settlement)
	if settlement != SettlementNone && settlement != SettlementCredit && settlement != SettlementRefund {
		return nil, domain.InvalidField("/settlement", "settlement_invalid", "settlement must be none, credit or refund")
	}
	if c.Settlement == nil && len(s.InForce) > 0 && at.Before(s.CurrentPeriod.End) {
		return nil, domain.InvalidField("/settlement", "settlement_required",
			"settlement must say what becomes of the time that is charged and not used: none, credit or refund")
	}
	if at.After(meta.Now) {
		return append(s.dropUpdateEvents(), CancellationScheduled{ID: s.ID, CancelAt: at, Settlement: settlement}), nil
	}
	events := append(s.dropEvents(), s.canceledEvent(meta.Now, CanceledRequested, settlement))
	if settlement == SettlementNone {
		return events, nil
	}
	taken, err := s.takeBackEvents(c.Change, TakenBackCanceled, settlement, meta.Now)
	return append(events, taken...), err
}

// cancelAt gives the time at which a cancellation takes effect. Before the first payment, and while nothing is charged, the
// period's end is now. Before the first payment there is no later time either, since what waits for it would be dropped
// until then.
func (s State) cancelAt(when string, now time.Time) (time.Time, error) {
	switch {
	case when == CancelNow, when == CancelPeriodEnd && (s.Status == StatusIncomplete || s.Status == StatusPaused):
		return now, nil
	case when == CancelPeriodEnd:
		return s.CurrentPeriod.End, nil
	}
	at, err := domain.ParseTime(when)
	if err == nil && s.Status == StatusIncomplete {
		return at, domain.InvalidField("/when", "when_invalid", "when must be period_end or now before the first payment")
	}
	if err != nil || !at.After(now) {
		return at, domain.InvalidField("/when", "when_invalid", "when must be period_end, now, or a time in the future; %s", domain.TimeRule)
	}
	return at, nil
}

func (s State) canceledEvent(at time.Time, reason string, settlement Settlement) Fact {
	return Canceled{ID: s.ID, CanceledAt: at, Reason: reason, Settlement: settlement}
}

// cancelEvents end the subscription as it was scheduled.
func (s State) cancelEvents(at time.Time) ([]Fact, error) {
	events := append(s.dropEvents(), s.canceledEvent(at, CanceledRequested, s.Cancellation.Settlement))
	if !at.Before(s.CurrentPeriod.End) || s.Cancellation.Settlement == SettlementNone {
		return events, nil
	}
	taken, err := s.takeBackEvents(cancelChange, TakenBackCanceled, s.Cancellation.Settlement, at)
	return append(events, taken...), err
}

// dropUpdateEvents end what waits for money.
func (s State) dropUpdateEvents() []Fact {
	if s.PendingUpdate == nil {
		return nil
	}
	return []Fact{s.updateCanceledEvent()}
}

// dropEvents end all that waits, with the subscription.
func (s State) dropEvents() []Fact {
	events := s.dropUpdateEvents()
	if s.PendingChange != nil {
		events = append(events, s.unscheduledEvent(UnscheduledEnding))
	}
	return events
}

// Uncancel lets a subscription go on that was to end.
type Uncancel struct{}

// CancellationRevoked lets the subscription go on.
type CancellationRevoked struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (CancellationRevoked) EventType() string { return "subscription.cancellation_revoked.v1" }

func (CancellationRevoked) evolve(s State) State {
	s.Cancellation = nil
	return s
}

func (Uncancel) action() string { return ActionUncancel }

func (Uncancel) decide(s State, _ domain.Meta) ([]Fact, error) {
	return []Fact{CancellationRevoked{ID: s.ID}}, nil
}

// Expired ends a subscription that was never paid for. Status tells how.
type Expired struct {
	ID        string    `json:"id"`
	Status    Status    `json:"status"`
	ExpiredAt time.Time `json:"expired_at"`
}

// EventType gives the stored name.
func (Expired) EventType() string { return "subscription.expired.v1" }

func (e Expired) evolve(s State) State { return s.withEnd(e.Status, e.ExpiredAt) }

func (s State) withEnd(status Status, at time.Time) State {
	s.Status, s.EndedAt = status, &at
	s.Cancellation, s.PendingChange, s.PendingUpdate, s.InForce, s.Owed = nil, nil, nil, nil, nil
	return s
}
