package payment

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

func reverse() Reverse {
	return Reverse{N: 1, Reference: "ret_1", Amount: usd(3600), Reason: ReasonReturned}
}

func reversed() Reversed {
	return Reversed{N: 1, Reference: "ret_1", Amount: usd(3600), Reason: ReasonReturned, ReversedAt: now}
}

func dispute(status DisputeStatus) Dispute {
	d := Dispute{
		ID: "dp_1", N: 1, Amount: usd(3600), Fee: new(usd(1500)), Reason: "fraudulent", Status: status, EvidenceDueAt: in(7 * day), OpenedAt: now,
	}
	if status != DisputeOpen {
		d.ClosedAt = in(day)
	}
	return d
}

func disputed() Disputed {
	d := dispute(DisputeOpen)
	return Disputed{ID: d.ID, N: d.N, Amount: d.Amount, Fee: d.Fee, Reason: d.Reason, EvidenceDueAt: d.EvidenceDueAt, OpenedAt: d.OpenedAt}
}

func closed(outcome DisputeStatus) DisputeClosed {
	return DisputeClosed{ID: "dp_1", Outcome: outcome, Fee: new(usd(1500)), ClosedAt: *in(day)}
}

func TestReversal(t *testing.T) {
	t.Parallel()
	begun := []domain.Event{started(), attempted(1, 3600)}
	taken := slices.Concat(begun, []domain.Event{answered(1, StatusSucceeded)})
	after := func(more ...domain.Event) []domain.Event { return slices.Concat(taken, more) }
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the money is gone":                 {taken, reverse(), []domain.Event{reversed()}},
		"it is gone once":                   {after(reversed()), reverse(), nil},
		"a dispute is opened":               {taken, dispute(DisputeOpen), []domain.Event{disputed()}},
		"it is told twice":                  {after(disputed()), dispute(DisputeOpen), nil},
		"it is won":                         {after(disputed()), dispute(DisputeWon), []domain.Event{closed(DisputeWon)}},
		"its end is told before it":         {taken, dispute(DisputeLost), []domain.Event{disputed(), closed(DisputeLost)}},
		"its opening is told after its end": {after(disputed(), closed(DisputeLost)), dispute(DisputeOpen), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("nothing was taken", func(t *testing.T) {
		t.Parallel()
		spec.Given(begun...).When(reverse()).ThenRejected(t, "payment_not_succeeded")
		spec.Given(begun...).When(dispute(DisputeOpen)).ThenRejected(t, "payment_not_succeeded")
		spec.Given(begun...).When(Reverse{N: 2}).ThenRejected(t, "attempt_not_found")
	})
	t.Run("the status", func(t *testing.T) {
		t.Parallel()
		s := fold(after(reversed())...)
		if s.Status() != StatusReversed || s.Open() || s.CheckTaken() == nil || fold(taken...).CheckTaken() != nil {
			t.Errorf("%s", s.Status())
		}
		again := fold(after(reversed(), attempted(2, 3600), answered(2, StatusSucceeded))...)
		if again.Status() != StatusSucceeded || again.Leading().N != 2 {
			t.Errorf("%s by attempt %d", again.Status(), again.Leading().N)
		}
	})
}

// TestDisputesComeInAnyOrder: what is said of a dispute leads to one state, in whatever order and however often it comes.
func TestDisputesComeInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		outcome := rapid.SampledFrom([]DisputeStatus{DisputeWon, DisputeLost}).Draw(t, "outcome")
		all := []Dispute{dispute(DisputeOpen), dispute(outcome)}
		told := func(order []Dispute) State {
			s := fold(started(), attempted(1, 3600), answered(1, StatusSucceeded))
			for _, c := range order {
				facts, err := Decide(s, c, domain.Meta{Now: now.Add(time.Hour)})
				if err != nil {
					t.Fatal(err)
				}
				for _, fact := range facts {
					s = Evolve(s, fact)
				}
			}
			return s
		}
		if diff := cmp.Diff(told(all), told(rapid.Permutation(slices.Concat(all, all, all)).Draw(t, "order"))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}
