package refund

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var refused = Failure{Code: "refund_failed", Message: "the bank sent it back"}

func in(d time.Duration) *time.Time { return new(now.Add(d)) }

// charged is the creation of a refund of what a gateway took.
func charged() Created {
	e := created()
	e.Gateway, e.Charge = "sandbox", "ch_1"
	return e
}

func attempted(n int) Attempted { return Attempted{N: n, Key: Key("r", n), RequestedAt: now} }

func answer(n int, status AttemptStatus) Answer {
	c := Answer{N: n, Status: status, Reference: "re_1"}
	if status == AttemptFailed {
		c.Failure = &refused
	}
	return c
}

func answered(n int, status AttemptStatus, next *time.Time) Answered {
	c := answer(n, status)
	return Answered{N: n, Status: status, Reference: c.Reference, Failure: c.Failure, AnsweredAt: now, NextAt: next}
}

func fold(events ...domain.Event) (s State) {
	for _, event := range events {
		s = Evolve(s, event)
	}
	return s
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	create := create()
	create.Gateway, create.Charge = "sandbox", "ch_1"
	elsewhere := create
	elsewhere.Reference = "re_1"
	begun := []domain.Event{charged(), attempted(1)}
	after := func(more ...domain.Event) []domain.Event { return slices.Concat(begun, more) }
	unknown, failed := answered(1, AttemptUnknown, in(5*time.Minute)), answered(1, AttemptFailed, in(time.Hour))
	due := answered(1, AttemptFailed, &now)
	asking := answer(1, AttemptUnknown)
	asking.Asked = true
	parked := Asked{N: 1, Tries: 7, AskedAt: now}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the gateway is asked at once":      {nil, create, begun},
		"the gateway made it by itself":     {nil, elsewhere, after(answered(1, AttemptSucceeded, nil))},
		"it succeeds":                       {begun, answer(1, AttemptSucceeded), []domain.Event{answered(1, AttemptSucceeded, nil)}},
		"it fails":                          {begun, answer(1, AttemptFailed), []domain.Event{failed}},
		"nobody answered":                   {begun, answer(1, AttemptUnknown), []domain.Event{unknown}},
		"it is processed":                   {begun, answer(1, AttemptProcessing), []domain.Event{answered(1, AttemptProcessing, in(day))}},
		"asked without news":                {after(unknown), asking, []domain.Event{Asked{N: 1, Tries: 1, AskedAt: now, NextAt: in(5 * time.Minute)}}},
		"a success is sent back":            {after(answered(1, AttemptSucceeded, nil)), answer(1, AttemptFailed), []domain.Event{failed}},
		"a failure does not succeed":        {after(failed), answer(1, AttemptSucceeded), nil},
		"the gateway is away":               {begun, Defer{N: 1, Code: "unreachable"}, []domain.Event{Deferred{N: 1, Tries: 1, Code: "unreachable", Until: now.Add(time.Minute)}}},
		"what is not due is not deferred":   {after(unknown), Defer{N: 1, Code: "unreachable"}, nil},
		"another attempt when it is time":   {after(due), TryAgain{}, []domain.Event{attempted(2)}},
		"no attempt before its time":        {after(failed), TryAgain{}, nil},
		"a person wants another attempt":    {after(failed), Retry{}, []domain.Event{attempted(2)}},
		"a person wants it asked once more": {after(unknown, parked), Retry{}, []domain.Event{Asked{N: 1, Tries: 7, AskedAt: now, NextAt: &now}}},
		"a person knows that it went back":  {after(unknown, parked), Record{Reference: "wire"}, []domain.Event{Recorded{ID: "r", Reference: "wire", PaidAt: now}}},
		"a failed one goes back by hand":    {after(failed), Record{Reference: "wire"}, []domain.Event{Recorded{ID: "r", Reference: "wire", PaidAt: now}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	for code, test := range map[string]struct {
		given []domain.Event
		when  Command
	}{
		"refund_not_found":   {nil, Retry{}},
		"refund_settled":     {after(answered(1, AttemptSucceeded, nil)), Retry{}},
		"refund_in_progress": {after(unknown), Retry{}},
		"invalid_transition": {[]domain.Event{created()}, Retry{}},
		"attempt_not_found":  {begun, answer(2, AttemptSucceeded)},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, code)
		})
	}
	t.Run("while the gateway may be sending it nobody records it", func(t *testing.T) {
		t.Parallel()
		spec.Given(begun...).When(Record{Reference: "wire"}).ThenRejected(t, "refund_in_progress")
		spec.Given(begun...).When(Defer{N: 2}).ThenRejected(t, "attempt_not_found")
	})
}

// TestARefundIsTriedFourTimes goes by a clock from one attempt to the next, until the refund waits for a person.
func TestARefundIsTriedFourTimes(t *testing.T) {
	t.Parallel()
	s := fold(charged(), attempted(1))
	var at time.Time
	var waits []time.Duration
	for !s.Parked() {
		kind, due, ok := s.NextDeadline()
		if !ok || kind != DeadlineRefund || s.Status != StatusPending {
			t.Fatalf("%s at %s of %+v", kind, due, s)
		}
		at = due
		commands := []Command{TryAgain{}}
		if s.Last().Status == AttemptPending {
			waits = append(waits, at.Sub(now))
			commands = []Command{answer(len(s.Attempts), AttemptFailed)}
		}
		for _, c := range commands {
			facts, err := Decide(s, c, domain.Meta{Now: at})
			if err != nil || len(facts) != 1 {
				t.Fatalf("%+v, %v", facts, err)
			}
			s = Evolve(s, facts[0])
		}
	}
	if diff := cmp.Diff([]time.Duration{0, time.Hour, day, 3 * day}, waits); diff != "" || s.Status != StatusFailed || s.Size() <= 0 {
		t.Errorf("%s of %s, available %v", diff, s.Status, s.AvailableActions())
	}
	if diff := cmp.Diff([]string{ActionRecord, ActionRetry}, s.AvailableActions()); diff != "" {
		t.Error(diff)
	}
}

// TestAnswersComeInAnyOrder: a gateway's answers lead to one state, in whatever order and however often they come.
func TestAnswersComeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base, attempts := fold(charged(), attempted(1)), 1
		if rapid.Bool().Draw(t, "tried again") {
			base, attempts = fold(charged(), attempted(1), answered(1, AttemptFailed, in(time.Hour)), attempted(2)), 2
		}
		var said []Answer
		for range rapid.IntRange(1, 6).Draw(t, "answers") {
			said = append(said, answer(rapid.IntRange(1, attempts).Draw(t, "n"), rapid.SampledFrom(AttemptStatuses[1:]).Draw(t, "status")))
		}
		told := func(order []Answer) State {
			s := base
			for _, c := range order {
				facts, err := Decide(s, c, spec.Meta)
				if err != nil {
					t.Fatal(err)
				}
				for _, fact := range facts {
					s = Evolve(s, fact)
				}
			}
			return s
		}
		if diff := cmp.Diff(told(said), told(rapid.Permutation(slices.Concat(said, said, said)).Draw(t, "order"))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
