package projections

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
)

// TestTrialByTheClock shows a trial that nobody has ended as its subscription will end it. What becomes of the
// subscription later makes no difference.
func TestTrialByTheClock(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		atEnd  subscription.AtEnd
		change subscription.Command
		status trial.Status
		early  time.Duration // how long before its end it ends
	}{
		"to the free plan":    {"free", nil, trial.StatusExpired, 0},
		"to no plan":          {"cancel", nil, trial.StatusExpired, 0},
		"paused":              {"pause", nil, trial.StatusExpired, 0},
		"to be converted":     {"cancel", subscription.ConvertTrial{Billing: subscription.Billing{Change: "c", Invoice: "i"}, Anchor: ptr(subscription.ConvertTrialEnd)}, trial.StatusConverted, 0},
		"canceled to its end": {"free", subscription.Cancel{When: subscription.CancelPeriodEnd}, trial.StatusCanceled, 0},
		"canceled to before":  {"free", subscription.Cancel{When: begin.Add(time.Hour).Format(time.RFC3339Nano)}, trial.StatusCanceled, 37*time.Hour + 30*time.Minute - 123*time.Microsecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBooks()
			b.open()
			terms, err := b.catalog.ForSale("starter-1")
			if err != nil {
				t.Fatal(err)
			}
			b.subscribe("acme", subscription.StartTrial{ID: "s", Price: "starter-1", Terms: terms, AtEnd: &tt.atEnd})
			b.subscribe("acme", tt.change)
			if tt.status == trial.StatusConverted {
				b.subscribe("acme", subscription.Cancel{When: begin.AddDate(0, 0, 7).Format(time.RFC3339), Settlement: ptr(subscription.SettlementNone)})
			}
			begun := b.trials["acme"]
			ended := begun
			ended.Status, ended.EndedAt = tt.status, begun.End.Add(-tt.early)
			for at, want := range map[time.Time]trial.State{
				begin: begun, ended.EndedAt.Add(-time.Microsecond): begun, ended.EndedAt: ended, begun.End: ended, begun.End.AddDate(1, 0, 0): ended,
			} {
				if diff := cmp.Diff(want, trialAt(begun, b.subscriptions["acme"], at)); diff != "" {
					t.Errorf("at %s (-want +got):\n%s", at, diff)
				}
			}
		})
	}
}
