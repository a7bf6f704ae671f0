package paymentmethod

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("paymentmethod", Evolve, Added{}, DefaultSet{}, Removed{})

// Stream names the payment methods of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("paymentmethod", workspace) }

// Kind tells what a method draws on.
type Kind string

const (
	KindCard      Kind = "card"
	KindBankDebit Kind = "bank_debit"
)

// Kinds lists all of them.
var Kinds = []Kind{KindCard, KindBankDebit}

// Description holds what a gateway tells of a method. Its token names the method at the gateway, and is no secret.
type Description struct {
	Gateway  string `json:"gateway"`
	Token    string `json:"token"`
	Kind     Kind   `json:"kind"`
	Brand    string `json:"brand"`
	Last4    string `json:"last4"`
	ExpMonth int    `json:"exp_month"` // 0 where it does not expire
	ExpYear  int    `json:"exp_year"`
}

// Method is a way in which a workspace pays.
type Method struct {
	ID string `json:"id"`
	Description
	CreatedAt time.Time `json:"created_at"`
}

// State holds a workspace's methods, in the order in which they were added. Its slice is never written to.
type State struct {
	Methods []Method `json:"methods"`
	Default string   `json:"default"` // empty for none
}

// Find finds a method by its id.
func (s State) Find(id string) (Method, bool) {
	at := slices.IndexFunc(s.Methods, func(m Method) bool { return m.ID == id })
	if at < 0 {
		return Method{}, false
	}
	return s.Methods[at], true
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + 300*len(s.Methods) }

// Fact is an event of payment methods with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
