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

// A pool is read back from its snapshot.
func BenchmarkDecodeSnapshot(b *testing.B) {
	for _, members := range []int{100, 10_000, 300_000} {
		b.Run(fmt.Sprint(members), func(b *testing.B) {
			state := State{}.edited(func(s State) State {
				for i := range members {
					s = Evolve(s, allocated(fmt.Sprintf("member-%d", i), RoleMember))
				}
				return s
			})
			data, err := encodePool(state)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := decodePool(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
