package process

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
)

// keeps keeps a message as a process does that is killed before anything follows from it.
func (h *hearing) keeps(told [2]string, id, workspace, paid string) {
	h.bench.t.Helper()
	body := fmt.Sprintf(`{"id":%q,"type":%q,"data":{"object":%s}}`, id, told[0], told[1])
	body = strings.NewReplacer("P%", paid, "%", workspace).Replace(body)
	_, _, err := h.accounts.Keep(h.bench.ctx, h.ledger.ID, h.teller.Read([]byte(body)), []byte(body), h.bench.now())
	h.bench.must(err)
}

// results tells what became of the messages, in the order in which they came, and "" for nothing.
func (h *hearing) results() (results []accounts.Result) {
	h.bench.t.Helper()
	rows, err := h.pool.Query(h.bench.ctx, `SELECT coalesce(result, '') FROM tallystick.gateway_messages WHERE ledger_id = $1 ORDER BY position`, [16]byte(h.ledger.ID))
	h.bench.must(err)
	defer rows.Close()
	for rows.Next() {
		var result accounts.Result
		h.bench.must(rows.Scan(&result))
		results = append(results, result)
	}
	h.bench.must(rows.Err())
	return results
}

// TestKilledBetweenHearingAndFollowing: what was kept is followed by whoever starts next, and what is cut off beside a process
// that runs by that process.
func TestKilledBetweenHearingAndFollowing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hearing()
	h.errands = map[string]errand{} // the gateway tells all, and is asked nothing
	succeeds, declines := [2]string{"payment_intent.succeeded", intent + `,"status":"succeeded"}`}, [2]string{"payment_intent.payment_failed", intent + failure}
	paid := map[string]string{}
	for _, workspace := range []string{"first", "second"} {
		paid[workspace] = h.sell(workspace)
	}
	h.keeps(succeeds, "evt_1", "first", paid["first"])
	h.keeps(succeeds, "evt_1", "first", paid["first"])
	h.keeps(declines, "evt_2", "first", paid["first"])
	h.keeps([2]string{"weather.fine", "{}"}, "evt_3", "first", paid["first"])
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() { running <- h.Run(ctx) }()
	becomes := func(workspace string, pass time.Duration, want ...accounts.Result) {
		t.Helper()
		testbed.Eventually(t, fmt.Sprint(want), func() bool {
			b.goTo(b.now().Add(pass))
			return fmt.Sprint(h.results()) == fmt.Sprint(want)
		})
		if s := look[payment.State](h, payment.Stream(paid[workspace])); s.Status() != payment.StatusSucceeded || len(s.Attempts) != 1 {
			t.Errorf("the payment of %s: %+v", workspace, s)
		}
	}
	becomes("first", 0, accounts.Applied, accounts.Duplicate, accounts.Stale, accounts.Ignored)
	b.goTo(begin.Add(unheardInterval / 2)) // beyond the first look
	h.keeps(succeeds, "evt_4", "second", paid["second"])
	if s := look[payment.State](h, payment.Stream(paid["second"])); s.Status() != payment.StatusPending {
		t.Errorf("the payment of second: %+v", s)
	}
	becomes("second", unheardInterval, accounts.Applied, accounts.Duplicate, accounts.Stale, accounts.Ignored, accounts.Applied)
	stop()
	b.must(<-running)
}
