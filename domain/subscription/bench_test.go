package subscription

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// BenchmarkRenewal decides and folds one renewal: the part of renewing many subscriptions that is ours.
func BenchmarkRenewal(b *testing.B) {
	events, err := Decide(State{}, create3(nothing), spec.Meta)
	if err != nil {
		b.Fatal(err)
	}
	var state State
	for _, event := range events {
		state = Evolve(state, event)
	}
	due := domain.Meta{Now: state.CurrentPeriod.End}
	b.ReportAllocs()
	for b.Loop() {
		events, err := Decide(state, Run{Billing: bill1}, due)
		if err != nil || len(events) != 2 {
			b.Fatal(events, err)
		}
		Evolve(Evolve(state, events[0]), events[1])
	}
}
