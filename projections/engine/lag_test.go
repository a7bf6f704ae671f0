package engine

import (
	"context"
	"testing"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestLags sums up where a version is behind, and names the ledgers that are furthest behind first.
func TestLags(t *testing.T) {
	t.Parallel()
	b := setup(t)
	faulty := rooms.with(func(_ context.Context, apply func() error, page Page) error {
		if page.holds("poison") {
			return errIndigestible
		}
		return apply()
	})
	p := b.run(only(faulty, visits))
	one, two := b.NewLedger("one"), b.NewLedger("two")
	p.await(b.enter("acme", "ann"))
	p.Appended(one.ID, b.AppendTo(one, testbed.To(room("acme"), entered{"poison"})))
	p.Appended(two.ID, b.AppendTo(two, testbed.To(room("acme"), entered{"poison"}, entered{"bob"})))
	var lags []Lag
	var behind []Report
	testbed.Eventually(t, "rooms stops on both, and visits has all", func() bool {
		var err error
		if lags, behind, err = p.Lags(b.Ctx); err != nil {
			t.Fatal(err)
		}
		return len(lags) == 2 && lags[0].Stopped == 2 && len(behind) == 2 && behind[0].Status == StatusStopped && behind[1].Status == StatusStopped
	})
	if behind[0].Ledger != two.ID || behind[0].Lag() != 2 || behind[1].Ledger != one.ID || behind[1].Lag() != 1 {
		t.Errorf("behind: %+v", behind)
	}
	if len(lags) != 2 || lags[0].Projection != "rooms" || lags[0].Version != 1 || lags[0].Events != 3 || lags[0].Seconds <= 0 || lags[0].Stopped != 2 ||
		lags[1].Stopped != 0 || lags[1].Projection != "visits" || lags[1].Events != 0 || lags[1].Seconds != 0 {
		t.Errorf("lags: %+v", lags)
	}
}
