package payment

import (
	"slices"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// TestTheCostIsToldAfterwards follows a gateway that says by itself that it took the money, and only when asked what it keeps.
func TestTheCostIsToldAfterwards(t *testing.T) {
	t.Parallel()
	begun := []domain.Event{started(), attempted(1, 3600)}
	unasked, told := answer(1, StatusSucceeded), asking(answered(1, StatusSucceeded), 0)
	unasked.Unasked = true
	taken := append(slices.Clip(begun), told)
	costed := Costed{N: 1, Fee: new(usd(30)), SettlesAt: in(2 * day), ToldAt: now}
	answersCost := answer(1, StatusSucceeded)
	answersCost.Fee, answersCost.SettlesAt, answersCost.Asked = costed.Fee, costed.SettlesAt, true
	known := unasked
	known.Fee = costed.Fee
	asked := answer(1, StatusSucceeded)
	asked.Asked = true
	unknown := answer(1, StatusUnknown)
	unknown.Asked = true
	paid := answered(1, StatusSucceeded)
	paid.Fee = costed.Fee
	failedFirst := append(slices.Clip(begun), answered(1, StatusFailed), attempted(2, 3600))
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"a success that nobody asked for is asked about": {begun, unasked, []domain.Event{told}},
		"so is one that comes after another attempt":     {failedFirst, unasked, []domain.Event{told}},
		"one that names its cost is not":                 {begun, known, []domain.Event{paid}},
		"the cost is kept":                               {taken, answersCost, []domain.Event{costed}},
		"the cost is told twice":                         {append(slices.Clip(taken), costed), answersCost, nil},
		"the answer of the charge comes second":          {taken, Answer{N: 1, Status: StatusSucceeded, Fee: costed.Fee}, []domain.Event{Costed{N: 1, Fee: costed.Fee, ToldAt: now}}},
		"another message says nothing":                   {taken, unasked, nil},
		"the gateway does not know yet":                  {taken, asked, []domain.Event{Asked{N: 1, Tries: 1, AskedAt: now, NextAt: in(time.Hour)}}},
		"the gateway does not answer":                    {taken, unknown, []domain.Event{Asked{N: 1, Tries: 1, AskedAt: now, NextAt: in(time.Hour)}}},
		"a person wants it now":                          {append(slices.Clip(taken), Asked{N: 1, Tries: 1, AskedAt: now, NextAt: in(time.Hour)}), Hurry{}, []domain.Event{Hurried{N: 1, At: now}}},
		"a failure costs nothing":                        {append(slices.Clip(begun), answered(1, StatusFailed)), answer(1, StatusFailed), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("it is asked for at once, and the payment is as it was", func(t *testing.T) {
		t.Parallel()
		s := fold(taken...)
		if kind, at, ok := s.NextDeadline(); kind != DeadlineAsk || !at.Equal(now) || !ok || s.Open() || s.Parked() || s.Status() != StatusSucceeded {
			t.Errorf("%s at %v, %v: %+v", kind, at, ok, s)
		}
		s = fold(append(slices.Clip(taken), costed)...)
		if _, _, ok := s.NextDeadline(); ok || !s.Leading().Fee.Equal(usd(30)) || !s.Leading().SettlesAt.Equal(now.Add(2*day)) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("it stays unknown after some days", func(t *testing.T) {
		t.Parallel()
		late := spec
		late.Meta.Now = now.Add(4 * day)
		late.Given(taken...).When(asked).Then(t, Asked{N: 1, Tries: 1, AskedAt: now.Add(4 * day)})
	})
}
