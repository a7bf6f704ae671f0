package trial

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("trial", Evolve, Started{}, PriceChanged{}, Extended{}, Reminded{}, Ended{})

// Fact is an event of a trial with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Status tells how far a trial is.
type Status string

const (
	StatusActive    Status = "active"
	StatusConverted Status = "converted" // it became paid
	StatusExpired   Status = "expired"   // its time was up
	StatusCanceled  Status = "canceled"  // on request
)

// Statuses lists all of them.
var Statuses = []Status{StatusActive, StatusConverted, StatusExpired, StatusCanceled}

// Started begins the workspace's one trial of the family.
type Started struct {
	Family       string    `json:"family"`
	Subscription string    `json:"subscription"`
	Price        string    `json:"price"`
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"`
}

// EventType gives the stored name.
func (Started) EventType() string { return "trial.started.v1" }

func (e Started) evolve(State) State {
	return State{
		Family: e.Family, Subscription: e.Subscription, Price: e.Price, Start: e.Start, End: e.End, Status: StatusActive,
	}
}

// PriceChanged lets another plan of the family be tried.
type PriceChanged struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// EventType gives the stored name.
func (PriceChanged) EventType() string { return "trial.price_changed.v1" }

func (e PriceChanged) evolve(s State) State {
	s.Price = e.To
	return s
}

// Extended lets the trial end later.
type Extended struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Reason string    `json:"reason"`
}

// EventType gives the stored name.
func (Extended) EventType() string { return "trial.extended.v1" }

func (e Extended) evolve(s State) State {
	s.End = e.To
	return s
}

// Reminded notes that the end is near and that somebody should know.
type Reminded struct {
	End time.Time `json:"end"`
}

// EventType gives the stored name.
func (Reminded) EventType() string { return "trial.reminded.v1" }

func (e Reminded) evolve(s State) State {
	s.Reminded = e.End
	return s
}

// Ended tells how the trial ended.
type Ended struct {
	Status  Status    `json:"status"`
	EndedAt time.Time `json:"ended_at"`
}

// EventType gives the stored name.
func (Ended) EventType() string { return "trial.ended.v1" }

func (e Ended) evolve(s State) State {
	s.Status, s.EndedAt = e.Status, e.EndedAt
	return s
}
