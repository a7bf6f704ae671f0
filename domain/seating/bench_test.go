package seating

import (
	"fmt"
	"testing"
)

// A seat is taken and given back in a pool of ten thousand; each round decides and folds twice.
func BenchmarkDecideInLargePool(b *testing.B) {
	state := fold(State{}, []Fact{plan(SyncMax+1, 0)})
	for i := range SyncMax {
		state = Evolve(state, allocated(fmt.Sprintf("member-%d", i), RoleMember))
	}
	for b.Loop() {
		for _, command := range []Command{Allocate{Member: "one-more", Role: RoleMember}, Release{Member: "one-more"}} {
			events, err := Decide(state, command, spec.Meta)
			if err != nil {
				b.Fatal(err)
			}
			state = fold(state, events)
		}
	}
}
