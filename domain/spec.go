package domain

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Spec states a decider's rules as examples: given these events, when this command comes, then these events or that
// rejection. It needs no store and no mock. Stream packages use it in their tests.
type Spec[S State, C any, F Event] struct {
	Decide func(S, C, Meta) ([]F, error)
	Evolve func(S, Event) S
	Meta   Meta
}

// T does for a Spec what a test does, so that the kernel does not import the testing package.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Given folds the history that the example starts from.
func (s Spec[S, C, F]) Given(history ...Event) Example[S, C, F] {
	var state S
	for _, event := range history {
		state = s.Evolve(state, event)
	}
	return Example[S, C, F]{spec: s, state: state}
}

// Example holds a Spec with a history.
type Example[S State, C any, F Event] struct {
	spec  Spec[S, C, F]
	state S
}

// When decides the command on the example's state.
func (e Example[S, C, F]) When(command C) Verdict {
	facts, err := e.spec.Decide(e.state, command, e.spec.Meta)
	return Verdict{events: Events(facts), err: err}
}

// Verdict holds what came of the command.
type Verdict struct {
	events []Event
	err    error
}

// Then expects exactly these events.
func (v Verdict) Then(t T, want ...Event) {
	t.Helper()
	if v.err != nil {
		t.Fatalf("refused: %v\nwant events:\n%s", v.err, list(want))
	}
	if len(v.events) != len(want) || len(want) > 0 && !reflect.DeepEqual(v.events, want) {
		t.Fatalf("events:\n%s\nwant:\n%s", list(v.events), list(want))
	}
}

// ThenRejected expects a rejection with this code, and gives it back for a closer look.
func (v Verdict) ThenRejected(t T, code string) *Rejection {
	t.Helper()
	var rejection *Rejection
	if !errors.As(v.err, &rejection) {
		t.Fatalf("not refused (%v), events:\n%s\nwant rejection %s", v.err, list(v.events), code)
	}
	if rejection.Code != code {
		t.Fatalf("rejected with %s (%s), want %s", rejection.Code, rejection.Message, code)
	}
	return rejection
}

func list(events []Event) string {
	var b strings.Builder
	for _, event := range events {
		fmt.Fprintf(&b, "  %s %+v\n", event.EventType(), event)
	}
	return b.String()
}
