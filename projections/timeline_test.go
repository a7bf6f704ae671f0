package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/merchant"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/handlers/command"
)

// timeline counts the positions of a workspace's events, the newest first.
func (b *books) timeline(workspace string) (positions []int64) {
	quiet := map[string]bool{invoice.Drafted{}.EventType(): true, payment.Started{}.EventType(): true}
	for _, event := range Timeline.Skips {
		quiet[event.EventType()] = true
	}
	told := func(stream domain.Stream) bool {
		switch stream.Type() {
		case "invoice":
			return b.invoices[stream.Entity()].Workspace == workspace
		case "payment":
			return b.collections[stream.Entity()].Workspace == workspace
		case "paymentlink":
			return b.links[stream.Entity()].Workspace == workspace
		case "license":
			return domain.Or(b.licenses[stream.Entity()].Workspace, "") == workspace
		case "refund":
			return b.refunds[stream.Entity()].Workspace == workspace
		case "subscription", "trial", "seating", "account", "details", "tax", "paymentmethod", "entitlement", "notice":
			name, _, _ := strings.Cut(stream.Entity(), ":")
			return name == workspace
		}
		return false
	}
	position := int64(0)
	for _, g := range b.history {
		for _, w := range g {
			for _, event := range w.Events {
				if position++; told(w.Stream) && !quiet[event.EventType()] {
					positions = append(positions, position)
				}
			}
		}
	}
	slices.Reverse(positions)
	return positions
}

// TestTimeline reads the events of a workspace behind one, whatever pages they came in.
func TestTimeline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.follow(Timeline)
	shop := newBooks()
	shop.open()
	shop.buy("acme", "team-1", 3)
	shop.issue("acme", 2)
	shop.seat("birch", seating.Allocate{Member: "bob", Role: seating.RoleMember, Free: shop.freePlan()})
	played := len(shop.history)
	b.play(shop.history)
	shop.onInvoice(shop.invoiceIDs[len(shop.invoiceIDs)-1], invoice.RecordPayment{Payment: "p", Amount: eur("1.00"), Reference: "wire"}) // on a page without the draft
	b.play(shop.history[played:])
	owed := b.Append(refund.Stream("r"), refund.Created{ID: "r", Workspace: "birch", Amount: eur("1.00")})
	settled := b.Append(refund.Stream("r"), refund.Recorded{ID: "r"})
	all, birch := shop.timeline("acme"), append([]int64{settled, owed}, shop.timeline("birch")...)
	if len(all) < 3 {
		t.Fatalf("too little happened: %v", all)
	}
	p.see(func(ctx context.Context, tx pgx.Tx) error {
		for _, c := range []struct {
			before int64
			limit  int
			want   []int64
		}{{0, 100, all}, {0, 2, all[:2]}, {all[0], 100, all[1:]}, {all[len(all)-1], 100, nil}} {
			found, err := ListTimeline(ctx, tx, b.Ledger.ID, "acme", c.before, c.limit)
			if err != nil || fmt.Sprint(found) != fmt.Sprint(c.want) {
				t.Errorf("before %d: %v, %v, want %v", c.before, found, err, c.want)
			}
		}
		found, err := ListTimeline(ctx, tx, b.Ledger.ID, "birch", 0, 100)
		if fmt.Sprint(found) != fmt.Sprint(birch) {
			t.Errorf("of birch: %v, want %v", found, birch)
		}
		return err
	})
}

// TestTimelineReadsEveryStreamOfAWorkspace: a new type of stream is of a workspace and has its place in the timeline, or it is of
// the whole ledger and is named here.
func TestTimelineReadsEveryStreamOfAWorkspace(t *testing.T) {
	t.Parallel()
	ofTheLedger := []string{catalog.Type.Name, numbering.Type.Name, seller.Type.Name, webhook.Type.Name, dunning.Type.Name, merchant.Type.Name, job.Type.Name, billingsync.Type.Name, audit.Type.Name, bookkeeping.Type.Name}
	for _, streamType := range command.StreamTypes() {
		read := slices.ContainsFunc(Timeline.Reads, func(r domain.StreamType) bool { return r.Name == streamType.Name })
		if read == slices.Contains(ofTheLedger, streamType.Name) {
			t.Errorf("the timeline reads streams of the type %s: %v", streamType.Name, read)
		}
	}
}

// numbers gives the streams of all invoices, and the numbers of those that were issued.
func (b *books) numbers() (streams []domain.Stream, numbers map[domain.Stream]string) {
	numbers = map[domain.Stream]string{}
	for id, state := range b.invoices {
		streams = append(streams, invoice.Stream(id))
		if state.Number != "" {
			numbers[invoice.Stream(id)] = state.Number
		}
	}
	return streams, numbers
}
