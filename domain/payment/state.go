package payment

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("payment", Evolve, Started{}, Attempted{}, Deferred{}, Answered{}, Asked{}, RetryPlanned{}, Resolved{}, Hurried{}, Reversed{}, Disputed{}, DisputeClosed{}, Costed{})

// Stream names one payment.
func Stream(id string) domain.Stream { return domain.NewStream("payment", id) }

// Status tells how far an attempt is, and the payment with it.
type Status string

const (
	StatusPending        Status = "pending" // the gateway has not answered yet
	StatusProcessing     Status = "processing"
	StatusRequiresAction Status = "requires_action"
	StatusUnknown        Status = "unknown" // the gateway may have charged
	StatusSucceeded      Status = "succeeded"
	StatusFailed         Status = "failed"
	StatusReversed       Status = "reversed" // the gateway took the money, and it is gone again
)

// Statuses lists all of them.
var Statuses = []Status{StatusPending, StatusProcessing, StatusRequiresAction, StatusUnknown, StatusSucceeded, StatusFailed, StatusReversed}

// ranks order what a gateway says of one charge. What is not higher than what is known says nothing new.
var ranks = map[Status]int{
	StatusPending: 0, StatusUnknown: 1, StatusProcessing: 2, StatusRequiresAction: 3, StatusFailed: 4, StatusSucceeded: 5,
}

// Open reports whether an answer is still to come.
func (s Status) Open() bool { return ranks[s] < ranks[StatusFailed] }

// Below reports whether another status of a charge says something new.
func (s Status) Below(other Status) bool { return ranks[s] < ranks[other] }

// Failure tells why a charge failed.
type Failure struct {
	Code    string      `json:"code"`
	Kind    FailureKind `json:"kind"`
	Message string      `json:"message"`
}

// FailureKind tells whether another try may succeed.
type FailureKind string

const (
	Soft FailureKind = "soft" // another try may succeed
	Hard FailureKind = "hard" // the method will not work again
)

// FailureKinds lists all of them.
var FailureKinds = []FailureKind{Soft, Hard}

// NextAction tells what the customer must do for a charge.
type NextAction struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Attempt holds one charge.
type Attempt struct {
	Attempted
	Status     Status        `json:"status"`
	Failure    *Failure      `json:"failure"`
	NextAction *NextAction   `json:"next_action"`
	Reference  string        `json:"gateway_reference"`
	Fee        *money.Amount `json:"fee"`
	SettlesAt  *time.Time    `json:"settles_at"`
	AnsweredAt *time.Time    `json:"answered_at"` // when it got its status
	Tries      int           `json:"tries"`       // how often the gateway could not be reached, or said nothing new
	NextAt     *time.Time    `json:"next_at"`     // when the gateway is asked next; nil where it is not
	Deferred   string        `json:"deferred"`    // the code of why the gateway could not be reached; empty where it could
	// Retries tells, of an attempt that failed, what comes after it, and RetryAt when; both are empty where nothing does.
	Retries  Retries    `json:"retries,omitempty"`
	RetryAt  *time.Time `json:"retry_at,omitempty"`
	Reversal *Reversed  `json:"reversal,omitempty"`
}

// State describes a payment; it has no ID before its start. Its slices are never written to.
type State struct {
	Started
	Attempts []Attempt      `json:"attempts"`
	Disputes []DisputeState `json:"disputes,omitempty"`
}

// Key gives the key by which a gateway knows an attempt.
func Key(id string, n int) string { return fmt.Sprintf("%s:%d", id, n) }

// Last gives the latest attempt.
func (s State) Last() Attempt {
	if len(s.Attempts) == 0 {
		return Attempt{Status: StatusPending}
	}
	return s.Attempts[len(s.Attempts)-1]
}

// Leading gives the attempt that tells how the payment is: the first that succeeded, rather one whose money is not gone, else the
// latest.
func (s State) Leading() Attempt {
	leading := s.Last()
	for _, a := range slices.Backward(s.Attempts) {
		if a.Status == StatusSucceeded && (a.Reversal == nil || leading.Status != StatusSucceeded || leading.Reversal != nil) {
			leading = a
		}
	}
	return leading
}

// Status tells how far the payment is.
func (s State) Status() Status {
	if leading := s.Leading(); leading.Reversal == nil {
		return leading.Status
	}
	return StatusReversed
}

// Open reports whether the gateway still has to answer for an attempt.
func (s State) Open() bool { return s.ID != "" && s.Last().Status.Open() }

// Size estimates the bytes of the state.
func (s State) Size() int { return 300 + 700*len(s.Attempts) + 400*len(s.Disputes) }

// Kinds of deadlines.
const (
	DeadlineCharge = "charge"      // the gateway is asked to charge
	DeadlineAsk    = "ask_gateway" // the gateway is asked how a charge went, or what it cost
	DeadlineRetry  = "dunning"     // another attempt begins
)

// NextDeadline tells when the gateway is asked next, and what, or when another attempt begins; ok is false where nothing comes.
func (s State) NextDeadline() (kind string, at time.Time, ok bool) {
	if at, ok := s.RetryAt(); ok {
		return DeadlineRetry, at, true
	}
	due, ok := s.Due()
	if !ok {
		return "", time.Time{}, false
	}
	if due.Status == StatusPending {
		return DeadlineCharge, *due.NextAt, true
	}
	return DeadlineAsk, *due.NextAt, true
}

// Fact is an event of a payment with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
