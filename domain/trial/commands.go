package trial

import "time"

// Command follows what is decided about a trial's subscription.
type Command interface{ command() }

// Start begins the trial; the subscription decides all of it.
type Start struct {
	Family       string
	Subscription string
	Price        string
	Start        time.Time
	End          time.Time
}

// ChangePrice says that another plan is tried.
type ChangePrice struct {
	Price string
}

// Extend lets it end later.
type Extend struct {
	End    time.Time
	Reason string
}

// Remind says that the end is near, once it is.
type Remind struct{}

// End ends it.
type End struct {
	Status Status // converted, expired or canceled
	At     time.Time
}

func (Start) command()       {}
func (ChangePrice) command() {}
func (Extend) command()      {}
func (Remind) command()      {}
func (End) command()         {}
