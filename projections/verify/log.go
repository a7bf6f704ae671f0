package verify

import (
	"bytes"
	"context"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// checks makes all checks, in the order in which they are told.
func checks() []*check {
	return []*check{
		leaves(), positions(), streams(), checkpoints(), decodes(), readModels(), entriesBalanced(), entriesPerEvent(), noClosedPeriod(), invoiceTotals(),
		taxTotals(), receivables(), deferred(), recognition(), creditNotesBounded(), refundsBounded(), credit(), clearing(), cashGateway(),
		oneChargePerPeriod(), proration(), seats(), recurring(), aging(), balanceSheet(), waterfall(), currency(), taxNotRevenue(), webhookSequences(),
		gatewayKnown(),
	}
}

// leaves computes the hash of each event again, and that of its private part as long as it is there.
func leaves() *check {
	return &check{Result: Result{Name: "leaves"}, event: func(c *check, m *moment) {
		leaf := audit.Leaf(m.Position, m.GroupLast, m.RecordedAt, m.Body(m.ledger).Hash())
		c.holds(bytes.Equal(leaf[:], m.LeafHash), m.Position, m.object(), "the event has another hash than it was stored with")
		if m.Private == nil {
			return
		}
		private := audit.PrivateHash(m.PrivateSalt, m.Private)
		c.holds(bytes.Equal(private[:], m.PrivateHash), m.Position, m.object(), "its private part has another hash than it was stored with")
	}}
}

// positions looks for holes and for groups that are not whole.
func positions() *check {
	var last, groupLast int64
	var recorded time.Time
	return &check{Result: Result{Name: "positions"}, event: func(c *check, m *moment) {
		c.holds(m.Position == last+1, m.Position, m.object(), "behind position %d comes %d", last, m.Position)
		if last >= groupLast {
			groupLast = m.GroupLast
		}
		c.holds(m.GroupLast == groupLast && m.GroupLast >= m.Position, m.Position, m.object(), "its command's events end at %d, and it says %d", groupLast, m.GroupLast)
		c.holds(!m.RecordedAt.Before(recorded), m.Position, m.object(), "it was recorded before the event before it")
		last, recorded = m.Position, m.RecordedAt
	}, end: func(_ context.Context, c *check, r *run) error {
		c.holds(last == r.Position, 0, "the log", "it ends at position %d and not at %d", last, r.Position)
		return nil
	}}
}

// streams looks for holes in the versions of streams.
func streams() *check {
	versions := map[domain.Stream]int64{}
	return &check{Result: Result{Name: "streams"}, event: func(c *check, m *moment) {
		c.holds(m.Version == versions[m.Stream]+1, m.Position, m.object(), "behind version %d comes %d", versions[m.Stream], m.Version)
		versions[m.Stream] = m.Version
	}}
}

// decodes reads what each event says.
func decodes() *check {
	return &check{Result: Result{Name: "decodes"}, event: func(c *check, m *moment) {
		c.holds(m.fault == nil, m.Position, m.object(), "%v", m.fault)
	}}
}
