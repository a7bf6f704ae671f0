package payment

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	soft = Failure{Code: "insufficient_funds", Kind: Soft, Message: "the card has too little"}
	lost = Failure{Code: "lost_card", Kind: Hard, Message: "the card is lost"}
)

func usd(minor int64) money.Amount {
	amount, err := money.FromMinor("USD", minor)
	if err != nil {
		panic(err)
	}
	return amount
}

func charge(minor int64) Charge {
	return Charge{Gateway: "sandbox", Method: "m", Token: "tok_ok", Amount: usd(minor)}
}

func started() Started {
	return Started{ID: "p", Workspace: "acme", Invoice: "i", Currency: "USD", CreatedAt: now}
}

func attempted(n int, minor int64) Attempted {
	return Attempted{
		N: n, Gateway: "sandbox", PaymentMethod: "m", Token: "tok_ok", Amount: usd(minor), Key: Key("p", n), RequestedAt: now,
	}
}

func answered(n int, status Status) Answered {
	e := Answered{N: n, Status: status, Reference: "ch_1", AnsweredAt: now}
	if status == StatusFailed {
		e.Failure = &soft
	}
	return e
}

func in(d time.Duration) *time.Time { return new(now.Add(d)) }

// asking gives an answer after which the gateway is asked again.
func asking(e Answered, after time.Duration) Answered {
	e.NextAt = in(after)
	return e
}

func answer(n int, status Status) Answer {
	e := answered(n, status)
	return Answer{N: n, Status: status, Reference: e.Reference, Failure: e.Failure}
}

func TestPayment(t *testing.T) {
	t.Parallel()
	begun := []domain.Event{started(), attempted(1, 3600)}
	unknown := append(slices.Clip(begun), asking(answered(1, StatusUnknown), 5*time.Minute))
	failed := append(slices.Clip(begun), answered(1, StatusFailed))
	asked := answer(1, StatusUnknown)
	asked.Asked = true
	action := answer(1, StatusRequiresAction)
	action.NextAction = &NextAction{URL: "/pay/action/x", ExpiresAt: now.Add(23 * time.Hour)}
	acting := asking(answered(1, StatusRequiresAction), 23*time.Hour)
	acting.NextAction = action.NextAction
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"it starts with an attempt":          {nil, Start{ID: "p", Workspace: "acme", Invoice: "i", Charge: charge(3600)}, begun},
		"it succeeds":                        {begun, answer(1, StatusSucceeded), []domain.Event{answered(1, StatusSucceeded)}},
		"it fails":                           {begun, answer(1, StatusFailed), []domain.Event{answered(1, StatusFailed)}},
		"nobody answered":                    {begun, answer(1, StatusUnknown), []domain.Event{asking(answered(1, StatusUnknown), 5*time.Minute)}},
		"it is processed":                    {begun, answer(1, StatusProcessing), []domain.Event{asking(answered(1, StatusProcessing), day)}},
		"the customer must act":              {begun, action, []domain.Event{acting}},
		"a failure is tried again":           {failed, Retry{charge(1200)}, []domain.Event{attempted(2, 1200)}},
		"a failure succeeds late":            {failed, answer(1, StatusSucceeded), []domain.Event{answered(1, StatusSucceeded)}},
		"a success does not fail":            {append(slices.Clip(begun), answered(1, StatusSucceeded)), answer(1, StatusFailed), nil},
		"a failure is told twice":            {failed, answer(1, StatusFailed), nil},
		"asked without news":                 {unknown, asked, []domain.Event{Asked{N: 1, Tries: 1, AskedAt: now, NextAt: in(5 * time.Minute)}}},
		"it will be tried again":             {failed, PlanRetry{RetriesRunning, in(day)}, []domain.Event{RetryPlanned{N: 1, Retries: RetriesRunning, RetryAt: in(day)}}},
		"it won't be tried again":            {failed, PlanRetry{RetriesStopped, nil}, []domain.Event{RetryPlanned{N: 1, Retries: RetriesStopped}}},
		"what is open is not tried again":    {begun, PlanRetry{RetriesDone, nil}, nil},
		"the gateway is away":                {begun, Defer{N: 1, Code: "unreachable"}, []domain.Event{Deferred{N: 1, Tries: 1, Code: "unreachable", Until: now.Add(time.Minute)}}},
		"what is not due is not deferred":    {unknown, Defer{N: 1, Code: "unreachable"}, nil},
		"what is answered is not deferred":   {failed, Defer{N: 1, Code: "unreachable"}, nil},
		"asked of what is answered for good": {failed, Answer{N: 1, Status: StatusUnknown, Asked: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("a retry while one is open is refused", func(t *testing.T) {
		t.Parallel()
		spec.Given(unknown...).When(Retry{charge(1200)}).ThenRejected(t, "payment_in_progress")
	})
	t.Run("an attempt that is not there is refused", func(t *testing.T) {
		t.Parallel()
		spec.Given(begun...).When(answer(2, StatusSucceeded)).ThenRejected(t, "attempt_not_found")
		spec.Given(begun...).When(Defer{N: 0}).ThenRejected(t, "attempt_not_found")
	})
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
	}{
		"twice":              {begun, Start{ID: "p", Workspace: "acme", Invoice: "i", Charge: charge(3600)}},
		"without a token":    {nil, Start{ID: "p", Workspace: "acme", Invoice: "i", Charge: Charge{Amount: usd(1)}}},
		"after success":      {append(slices.Clip(begun), answered(1, StatusSucceeded)), Retry{charge(1)}},
		"no reason to fail":  {begun, Answer{N: 1, Status: StatusFailed}},
		"no answer at all":   {begun, Answer{N: 1, Status: StatusPending}},
		"retry of no charge": {failed, Retry{}},
		"retries at no time": {failed, PlanRetry{RetriesRunning, nil}},
		"a time of no retry": {failed, PlanRetry{RetriesDone, in(day)}},
	} {
		t.Run("is a fault: "+name, func(t *testing.T) {
			t.Parallel()
			s := spec.Given(test.given...)
			if facts, err := Decide(fold(test.given...), test.when, spec.Meta); err == nil {
				t.Errorf("%+v of %+v", facts, s)
			}
		})
	}
}

func fold(events ...domain.Event) (s State) {
	for _, event := range events {
		s = Evolve(s, event)
	}
	return s
}

func TestStateTellsWhatIsNext(t *testing.T) {
	t.Parallel()
	begun := fold(started(), attempted(1, 3600))
	for name, test := range map[string]struct {
		state  State
		status Status
		kind   string
		next   *time.Time
	}{
		"nothing":    {State{}, StatusPending, "", nil},
		"begun":      {begun, StatusPending, DeadlineCharge, &now},
		"deferred":   {Evolve(begun, Deferred{N: 1, Tries: 1, Until: now.Add(time.Minute)}), StatusPending, DeadlineCharge, in(time.Minute)},
		"processing": {Evolve(begun, asking(answered(1, StatusProcessing), day)), StatusProcessing, DeadlineAsk, in(day)},
		"parked":     {Evolve(Evolve(begun, asking(answered(1, StatusUnknown), day)), Asked{N: 1, Tries: 7}), StatusUnknown, "", nil},
		"retried":    {fold(started(), attempted(1, 3600), answered(1, StatusFailed), RetryPlanned{N: 1, Retries: RetriesRunning, RetryAt: in(day)}), StatusFailed, DeadlineRetry, in(day)},
		"late money": {fold(started(), attempted(1, 3600), answered(1, StatusFailed), RetryPlanned{N: 1, Retries: RetriesRunning, RetryAt: in(day)}, answered(1, StatusSucceeded)), StatusSucceeded, "", nil},
		"failed":     {Evolve(begun, answered(1, StatusFailed)), StatusFailed, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, at, ok := test.state.NextDeadline()
			if kind != test.kind || ok != (test.next != nil) || ok && !at.Equal(*test.next) || test.state.Status() != test.status || test.state.Size() <= 0 {
				t.Errorf("%s at %s (%v), %s", kind, at, ok, test.state.Status())
			}
		})
	}
	late := fold(started(), attempted(1, 3600), answered(1, StatusFailed), attempted(2, 1200), answered(2, StatusFailed), answered(1, StatusSucceeded))
	if late.Leading().N != 1 || late.Last().N != 2 || late.Open() || Evolve(late, answered(9, StatusFailed)).Status() != StatusSucceeded {
		t.Errorf("%+v", late)
	}
}

// TestAnUnknownChargeIsParked asks as often as the schedule says, by a clock that goes from one question to the next.
func TestAnUnknownChargeIsParked(t *testing.T) {
	t.Parallel()
	for status, want := range map[Status]int{StatusUnknown: 7, StatusProcessing: 30, StatusRequiresAction: 30} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			s, at, asked := fold(started(), attempted(1, 3600)), now, 0
			c := Answer{N: 1, Status: status}
			for {
				facts, err := Decide(s, c, domain.Meta{Now: at})
				if err != nil || len(facts) != 1 {
					t.Fatalf("%+v, %v", facts, err)
				}
				s, c.Asked = Evolve(s, facts[0]), true
				_, next, ok := s.NextDeadline()
				if !ok {
					break
				}
				asked, at = asked+1, next
			}
			if asked != want || s.Last().Tries != want || !s.Open() {
				t.Errorf("asked %d times, want %d", asked, want)
			}
		})
	}
}

// TestAnswersComeInAnyOrder: a gateway's answers lead to one state, in whatever order and however often they come.
func TestAnswersComeInAnyOrder(t *testing.T) {
	t.Parallel()
	statuses := []Status{StatusUnknown, StatusProcessing, StatusRequiresAction, StatusFailed, StatusSucceeded}
	rapid.Check(t, func(t *rapid.T) {
		base := fold(started(), attempted(1, 3600))
		attempts := 1
		if rapid.Bool().Draw(t, "tried again") {
			base, attempts = fold(started(), attempted(1, 3600), answered(1, StatusFailed), attempted(2, 1200)), 2
		}
		var said []Answer
		for range rapid.IntRange(1, 6).Draw(t, "answers") {
			said = append(said, answer(rapid.IntRange(1, attempts).Draw(t, "n"), rapid.SampledFrom(statuses).Draw(t, "status")))
		}
		in := func(order []Answer) State {
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
		want := in(said)
		thrice := slices.Concat(said, said, said)
		if diff := cmp.Diff(want, in(rapid.Permutation(thrice).Draw(t, "order"))); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), started(), attempted(1, 3600),
		Deferred{N: 1, Tries: 2, Code: "gateway_unreachable", Until: now},
		Answered{
			N: 1, Status: StatusFailed, Reference: "ch_1", NextAction: &NextAction{URL: "/pay/action/x", ExpiresAt: now}, Failure: &lost,
			Fee: new(usd(30)), SettlesAt: &now, AnsweredAt: now, NextAt: &now,
		},
		Asked{N: 1, Tries: 3, AskedAt: now, NextAt: &now}, RetryPlanned{N: 1, Retries: RetriesRunning, RetryAt: &now},
		Resolved{Answered: Answered{N: 1, Status: StatusSucceeded, Reference: "ch_1", AnsweredAt: now}, Reason: "seen at the gateway"},
		Hurried{N: 1, At: now}, Costed{N: 1, Fee: new(usd(30)), SettlesAt: &now, ToldAt: now}, reversed(), disputed(), closed(DisputeLost))
	awaited := attempted(1, 3600)
	awaited.Awaited = true
	domain.CheckShape(t, os.DirFS("testdata/events"), "payment.attempted.v1.awaited", awaited)
}
