package refund

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

func created() Created {
	six, err := money.FromMinor("USD", 600)
	if err != nil {
		panic(err)
	}
	return Created{ID: "r", Workspace: "acme", Invoice: new("i"), CreditNote: new("n"), Payment: new("p"), Amount: six, Reason: "cancellation", CreatedAt: now}
}

func create() Create {
	e := created()
	return Create{ID: e.ID, Workspace: e.Workspace, Invoice: e.Invoice, CreditNote: e.CreditNote, Payment: e.Payment, Amount: e.Amount, Reason: e.Reason}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	recorded, earlier := Recorded{ID: "r", Reference: "wire", PaidAt: now}, Recorded{ID: "r", Reference: "wire", PaidAt: now.Add(-time.Hour)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  domain.Event
	}{
		"created":          {nil, create(), created()},
		"recorded":         {[]domain.Event{created()}, Record{Reference: "wire"}, recorded},
		"recorded earlier": {[]domain.Event{created()}, Record{Reference: "wire", PaidAt: &earlier.PaidAt}, earlier},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
	if s := Evolve(Evolve(State{}, created()), recorded); s.Status != StatusSucceeded || !s.SettledAt.Equal(now) || s.Size() <= 0 || Stream("r") != "refund:r" {
		t.Errorf("%+v", s)
	}
}

func TestRefundIsRefused(t *testing.T) {
	t.Parallel()
	pending := []domain.Event{created()}
	for code, test := range map[string]struct {
		given []domain.Event
		when  Record
	}{
		"refund_not_found":  {nil, Record{Reference: "wire"}},
		"refund_settled":    {append(pending[:1:1], Recorded{ID: "r", Reference: "wire", PaidAt: now}), Record{Reference: "wire"}},
		"reference_invalid": {pending, Record{}},
		"paid_at_invalid":   {pending, Record{Reference: "wire", PaidAt: new(now.Add(time.Second))}},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, code)
		})
	}
	t.Run("twice is a fault", func(t *testing.T) {
		t.Parallel()
		if _, err := Decide(Evolve(State{}, created()), create(), spec.Meta); err == nil || errors.As(err, new(*domain.Rejection)) {
			t.Errorf("%v", err)
		}
	})
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	domain.CheckShapes(t, Type, files, created(), Recorded{ID: "r", Reference: "wire", PaidAt: now}, attempted(1),
		Deferred{N: 1, Tries: 2, Code: "gateway_unreachable", Until: now},
		Answered{N: 1, Status: AttemptFailed, Reference: "re_1", Failure: &refused, AnsweredAt: now, NextAt: in(time.Hour)},
		Asked{N: 1, Tries: 3, AskedAt: now, NextAt: &now})
	domain.CheckShape(t, files, "refund.created.v1.gateway", charged())
}
