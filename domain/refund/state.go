package refund

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("refund", Evolve, Created{}, Recorded{}, Attempted{}, Deferred{}, Answered{}, Asked{})

// Stream names one refund.
func Stream(id string) domain.Stream { return domain.NewStream("refund", id) }

// Fact is an event of a refund with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Status tells how far the money is.
type Status string

const (
	StatusPending   Status = "pending" // it is owed
	StatusSucceeded Status = "succeeded"
	StatusFailed    Status = "failed" // it is owed, and waits for a person
)

// Statuses lists all of them.
var Statuses = []Status{StatusPending, StatusSucceeded, StatusFailed}

// AttemptStatus tells how far one request of a gateway is.
type AttemptStatus string

const (
	AttemptPending    AttemptStatus = "pending" // the gateway has not answered yet
	AttemptUnknown    AttemptStatus = "unknown" // the gateway may have sent the money back
	AttemptProcessing AttemptStatus = "processing"
	AttemptSucceeded  AttemptStatus = "succeeded"
	AttemptFailed     AttemptStatus = "failed"
)

// AttemptStatuses lists all of them.
var AttemptStatuses = []AttemptStatus{AttemptPending, AttemptUnknown, AttemptProcessing, AttemptSucceeded, AttemptFailed}

// ranks order what a gateway says of one request. What is not higher than what is known says nothing new.
var ranks = map[AttemptStatus]int{AttemptPending: 0, AttemptUnknown: 1, AttemptProcessing: 2, AttemptSucceeded: 3, AttemptFailed: 4}

// Open reports whether an answer is still to come.
func (s AttemptStatus) Open() bool { return ranks[s] < ranks[AttemptSucceeded] }

// Below reports whether another status of a request says something new.
func (s AttemptStatus) Below(other AttemptStatus) bool { return ranks[s] < ranks[other] }

// Failure tells why a gateway sent nothing back.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Attempt holds one request of a gateway.
type Attempt struct {
	Attempted
	Status     AttemptStatus `json:"status"`
	Failure    *Failure      `json:"failure"`
	Reference  string        `json:"gateway_reference"`
	AnsweredAt *time.Time    `json:"answered_at"` // when it got its status
	Tries      int           `json:"tries"`       // how often the gateway could not be reached, or said nothing new
	NextAt     *time.Time    `json:"next_at"`     // when the gateway is asked next, or another attempt begins; nil where none does
	Deferred   string        `json:"deferred"`    // the code of why the gateway could not be reached; empty where it could
}

// State describes a refund; it has no ID before its creation. Its slice is never written to.
type State struct {
	Created
	Status    Status     `json:"status"`
	Reference string     `json:"reference"` // what the money can be found by
	SettledAt *time.Time `json:"settled_at"`
	ByHand    bool       `json:"by_hand,omitzero"` // a person told that it went back
	Attempts  []Attempt  `json:"attempts,omitempty"`
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 600 + 400*len(s.Attempts) }

// Key gives the key by which a gateway knows an attempt.
func Key(id string, n int) string { return fmt.Sprintf("%s:%d", id, n) }

// Last gives the latest attempt, the zero value where there is none.
func (s State) Last() Attempt {
	if len(s.Attempts) == 0 {
		return Attempt{}
	}
	return s.Attempts[len(s.Attempts)-1]
}

// Open reports whether the gateway still has to answer for an attempt.
func (s State) Open() bool { return len(s.Attempts) > 0 && s.Last().Status.Open() }

// Parked reports whether nothing happens any more before a person says so.
func (s State) Parked() bool {
	return s.Gateway != "" && s.Status != StatusSucceeded && s.Last().NextAt == nil
}

// Kinds of deadlines.
const (
	DeadlineRefund = "refund"      // the gateway is asked to send the money back
	DeadlineAsk    = "ask_gateway" // the gateway is asked how that went
)

// NextDeadline tells when the gateway is asked next, and what; ok is false where it is not.
func (s State) NextDeadline() (kind string, at time.Time, ok bool) {
	last := s.Last()
	if last.NextAt == nil || s.Status == StatusSucceeded {
		return "", time.Time{}, false
	}
	if last.Status == AttemptUnknown || last.Status == AttemptProcessing {
		return DeadlineAsk, *last.NextAt, true
	}
	return DeadlineRefund, *last.NextAt, true
}

// Names of what can be done with a refund, as clients see them.
const (
	ActionRecord = "record"
	ActionRetry  = "retry"
)

// Actions lists all of them, in the order that clients see.
var Actions = []string{ActionRecord, ActionRetry}

// AvailableActions gives what the state allows, in a fixed order.
func (s State) AvailableActions() []string {
	actions := []string{}
	if s.checkOwed() == nil {
		actions = append(actions, ActionRecord)
	}
	if s.checkRetry() == nil {
		actions = append(actions, ActionRetry)
	}
	return actions
}

// checkOwed refuses with refund_settled, or with refund_in_progress while a gateway may be sending the money back.
func (s State) checkOwed() error {
	switch {
	case s.Status == StatusSucceeded:
		return domain.Conflict("refund_settled", "the money went back already")
	case s.Open() && !s.Parked():
		return domain.Conflict("refund_in_progress", "the gateway may be sending the money back: its answer is awaited")
	}
	return nil
}

// checkRetry refuses as checkOwed does, or with invalid_transition where no gateway took the money.
func (s State) checkRetry() error {
	if err := s.checkOwed(); err != nil {
		return err
	}
	if s.Gateway == "" {
		return domain.Conflict("invalid_transition", "no gateway took the money: it goes back by hand")
	}
	return nil
}

// withActions adds to a conflict the actions that the state does allow.
func (s State) withActions(err error) error {
	if rejection, ok := err.(*domain.Rejection); ok { //nolint:errorlint // made here
		rejection.Actions = s.AvailableActions()
	}
	return err
}

// with gives the state with an attempt changed. What an event says of an attempt that is not there changes nothing.
func (s State) with(n int, change func(*Attempt)) State {
	if n < 1 || n > len(s.Attempts) {
		return s
	}
	s.Attempts = slices.Clone(s.Attempts)
	change(&s.Attempts[n-1])
	return s
}
