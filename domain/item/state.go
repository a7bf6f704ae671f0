package item

import (
	"slices"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("item", Evolve, Added{}, Removed{}, Billed{})

// Stream names the items of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("item", workspace) }

// State holds the items that wait. Its slice is never written to.
type State struct {
	Waiting []Waiting `json:"waiting"`
	added   int64
}

// Waiting is an item that waits. Number counts the workspace's items in the order in which they came.
type Waiting struct {
	Number int64 `json:"number"`
	pricing.Item
}

// Items gives the items that wait, in the order in which they came.
func (s State) Items() []pricing.Item {
	items := make([]pricing.Item, len(s.Waiting))
	for i, waiting := range s.Waiting {
		items[i] = waiting.Item
	}
	return items
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + 600*len(s.Waiting) }

func (s State) index(id string) int {
	return slices.IndexFunc(s.Waiting, func(w Waiting) bool { return w.ID == id })
}

func (s State) without(ids ...string) State {
	s.Waiting = slices.DeleteFunc(slices.Clone(s.Waiting), func(w Waiting) bool { return slices.Contains(ids, w.ID) })
	return s
}

// Fact is an event of a workspace's items with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Added lets an item wait for the next invoice.
type Added struct {
	Item pricing.Item `json:"item"`
}

// EventType gives the stored name.
func (Added) EventType() string { return "item.added.v1" }

func (e Added) evolve(s State) State {
	s.added++
	s.Waiting = append(slices.Clip(s.Waiting), Waiting{Number: s.added, Item: e.Item})
	return s
}

// Removed takes an item back that was not billed.
type Removed struct {
	ID string `json:"id"`
}

// EventType gives the stored name.
func (Removed) EventType() string { return "item.removed.v1" }

func (e Removed) evolve(s State) State { return s.without(e.ID) }

// Billed puts items on an invoice that is issued in the same group of events.
type Billed struct {
	Items   []string `json:"items"`
	Invoice string   `json:"invoice"`
}

// EventType gives the stored name.
func (Billed) EventType() string { return "item.billed.v1" }

func (e Billed) evolve(s State) State { return s.without(e.Items...) }
