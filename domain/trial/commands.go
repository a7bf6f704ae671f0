package trial

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Command follows what is decided about a trial's subscription.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Start begins the trial; the subscription decides all of it.
type Start struct {
	Family       string
	Subscription string
	Price        string
	Start        time.Time
	End          time.Time
}

// ChangePrice tells the trial that another plan is tried.
type ChangePrice struct {
	Price string
}

// Extend lets the trial end later.
type Extend struct {
	End    time.Time
	Reason string
}

// Remind notes that the end is near, once it is.
type Remind struct{}

// End ends the trial.
type End struct {
	Status Status // converted, expired or canceled
	At     time.Time
}
