package sandbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
)

// TestActions: the first answer of the customer counts, and none within 23 hours is a soft failure.
func TestActions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.LeadTo(func(_ context.Context, _ eventstore.Ledger, key string, expires time.Time) (string, error) {
		return "/confirm/" + key + "/" + expires.UTC().Format(time.RFC3339), nil
	})
	const hour = time.Hour
	for name, test := range map[string]struct {
		answers []bool
		after   time.Duration
		status  payment.Status
		code    string
	}{
		"approved":           {[]bool{true}, hour, payment.StatusSucceeded, ""},
		"approved, denied":   {[]bool{true, false}, hour, payment.StatusSucceeded, ""},
		"denied":             {[]bool{false}, hour, payment.StatusFailed, "action_denied"},
		"denied, approved":   {[]bool{false, true}, hour, payment.StatusFailed, "action_denied"},
		"approved too late":  {[]bool{true}, 23 * hour, payment.StatusFailed, "action_expired"},
		"approved just soon": {[]bool{true}, 23*hour - time.Microsecond, payment.StatusSucceeded, ""},
		"never answered":     {nil, 23 * hour, payment.StatusFailed, "action_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			c := asked(name+":1", name, "tok_requires_action")
			a, err := b.Charge(t.Context(), b.ledger, c)
			if err != nil || a.Status != payment.StatusRequiresAction || a.NextAction == nil || a.NextAction.URL != "/confirm/"+c.Key+"/2026-01-01T23:00:00Z" {
				t.Fatalf("%+v, %v", a, err)
			}
			later := b.after(test.after)
			for _, approve := range test.answers {
				if a, err := b.Act(t.Context(), later, c.Key, approve); err != nil || a.Status != test.status {
					t.Errorf("%+v, %v", a, err)
				}
			}
			for _, ledger := range []eventstore.Ledger{later, b.after(100 * hour)} {
				a, err := b.AskCharge(t.Context(), ledger, c)
				if err != nil || a.Status != test.status || test.code != "" && (a.Failure == nil || a.Failure.Code != test.code || a.Failure.Kind != payment.Soft) {
					t.Errorf("%+v, %v", a, err)
				}
			}
		})
	}
	_, err := b.Act(t.Context(), b.ledger, "nobody:1", true)
	if refused, ok := errors.AsType[*domain.Rejection](err); !ok || refused.Code != "charge_not_found" {
		t.Errorf("%v", err)
	}
	c := asked("fine:1", "fine", "tok_ok")
	if _, err := b.Charge(t.Context(), b.ledger, c); err != nil {
		t.Fatal(err)
	}
	if a, err := b.Act(t.Context(), b.ledger, c.Key, false); err != nil || a.Status != payment.StatusSucceeded {
		t.Errorf("a charge that needs nobody was answered for: %+v, %v", a, err)
	}
}
