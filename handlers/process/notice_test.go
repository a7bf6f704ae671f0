package process

import (
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/gateway/stripe"
)

// everyOrder tries all 720 orders of six messages instead of some.
var everyOrder = flag.Bool("every-order", false, "hear histories of six messages in every order")

// ordersMax is the number of orders that are tried of a long history.
const ordersMax = 24

// history lists what Stripe tells of one charge: the type of each message and its object, in which % stands for the workspace.
type history [][2]string

const (
	noted   = `"metadata":{"tallystick_payment":"P%","tallystick_attempt":"1","tallystick_workspace":"%"}`
	intent  = `{"id":"pi_%","currency":"usd","amount_received":1200,` + noted
	charge  = `{"id":"ch_%","currency":"usd","payment_intent":"pi_%",` + noted
	dispute = `{"id":"dp_%","currency":"usd","amount":1200,"payment_intent":"pi_%","reason":"fraudulent","created":1769851800`
	failure = `,"status":"requires_payment_method","last_payment_error":{"code":"card_declined","decline_code":"insufficient_funds","message":"no"}}`
	action  = `,"status":"requires_action","next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://bank.example"}}}`
)

var histories = map[string]history{
	"late success": {
		{"payment_intent.processing", intent + `,"status":"processing"}`},
		{"payment_intent.requires_action", intent + action},
		{"payment_intent.payment_failed", intent + failure},
		{"payment_intent.succeeded", intent + `,"status":"succeeded"}`},
	},
	"money that goes back": {
		{"payment_intent.payment_failed", intent + failure},
		{"payment_intent.succeeded", intent + `,"status":"succeeded"}`},
		{"charge.refunded", charge + `,"amount_refunded":200}`},
		{"charge.refunded", charge + `,"amount_refunded":500}`},
	},
	"a dispute that is won": {
		{"payment_intent.processing", intent + `,"status":"processing"}`},
		{"payment_intent.payment_failed", intent + failure},
		{"payment_intent.succeeded", intent + `,"status":"succeeded"}`},
		{"charge.dispute.created", dispute + `,"status":"needs_response"}`},
		{"charge.dispute.updated", dispute + `,"status":"under_review"}`},
		{"charge.dispute.closed", dispute + `,"status":"won"}`},
	},
	"a dispute that is lost": {
		{"payment_intent.succeeded", intent + `,"status":"succeeded"}`},
		{"charge.dispute.created", dispute + `,"status":"needs_response"}`},
		{"charge.dispute.closed", dispute + `,"status":"lost"}`},
	},
	"no success": {
		{"payment_intent.processing", intent + `,"status":"processing"}`},
		{"payment_intent.requires_action", intent + action},
		{"payment_intent.payment_failed", intent + failure},
	},
}

// orders lists the orders of so many things: all of them, or some.
func orders(n int) (all [][]int) {
	var extend func(order []int)
	extend = func(order []int) {
		if len(order) == n {
			all = append(all, slices.Clone(order))
			return
		}
		for i := range n {
			if !slices.Contains(order, i) {
				extend(append(order, i))
			}
		}
	}
	extend(nil)
	if len(all) > ordersMax && !*everyOrder {
		rest := all[1:]
		rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		all = all[:ordersMax]
	}
	return all
}

// hearing is a program that hears Stripe, and a sandbox whose workspaces are charged by it.
type hearing struct {
	*program
	ledger eventstore.Ledger
	teller gateway.Teller
}

func (b *bench) hearing() *hearing {
	b.t.Helper()
	h := &hearing{program: b.program(), ledger: b.ledger("sandbox", eventstore.ModeSandbox)}
	other := stripe.New(stripe.Options{})
	h.teller, h.log = other, slog.New(slog.DiscardHandler)
	h.gateways[gateway.Stripe] = other
	h.accounts = accounts.New(h.store, nil, h.pool)
	do(h.program, h.ledger, command.CreateProduct(catalog.CreateProduct{Code: "pro", Name: "Pro", Tier: new(1)}))
	do(h.program, h.ledger, command.CreatePrice(catalog.CreatePrice{Product: "pro", Code: "month", Currency: "USD", Interval: "month", UnitAmount: new("12.00")}))
	return h
}

// sell sells a seat to a workspace whose charge Stripe has not answered, and gives the payment.
func (h *hearing) sell(workspace string) string {
	h.bench.t.Helper()
	do(h.program, h.ledger, command.AddPaymentMethod(workspace, paymentmethod.Add{ID: "m", Description: paymentmethod.Description{
		Gateway: gateway.Stripe, Token: "cus_" + workspace + "/pm_" + workspace, Kind: paymentmethod.KindCard,
	}}))
	do(h.program, h.ledger, command.CreateSubscription(workspace, subscription.Create{
		Billing: subscription.Billing{Change: "c" + workspace, Invoice: "i" + workspace}, ID: "s" + workspace, Price: "month", Seats: 1,
		Collection: subscription.CollectionAutomatic,
	}))
	return look[invoice.State](h, invoice.Stream("i"+workspace)).Payment
}

// look gives the state of a stream.
func look[S domain.State](h *hearing, stream domain.Stream) (s S) {
	h.bench.t.Helper()
	s, err := eventstore.Ask(h.bench.ctx, h.store, h.ledger, command.Command[S]{
		Resource: stream, Reads: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (S, error) { return eventstore.StateOf[S](d, stream), nil },
	})
	h.bench.must(err)
	return s
}

var (
	// number is what the order of the ledger decides, and no message.
	number = regexp.MustCompile(`(INV|CN)-[0-9]+`)
	// notes name the documents by which money went back. How many there are of one sum depends on which sum was told first, since a
	// document that was issued stays; what they come to does not.
	notes = regexp.MustCompile(`("(?:credit_notes|refunds)":)\[[^\]]*\]`)
)

// end describes all that became of a workspace, under the same names for each.
func (h *hearing) end(workspace, paid string) string {
	h.bench.t.Helper()
	text, err := json.Marshal([]any{
		look[payment.State](h, payment.Stream(paid)), look[invoice.State](h, invoice.Stream("i"+workspace)),
		look[subscription.State](h, subscription.Stream(workspace)), look[account.State](h, account.Stream(workspace)),
	}, json.Deterministic(true))
	h.bench.must(err)
	return strings.NewReplacer(workspace, "W", paid, "P").Replace(number.ReplaceAllString(notes.ReplaceAllString(string(text), "$1[]"), "$1"))
}

// hears sends each message three times, in an order: once, then again, then as another message that says the same.
func (h *hearing) hears(name, paid string, told history, order []int) error {
	for round, suffix := range []string{"", "", "again"} {
		for _, i := range order {
			body := fmt.Sprintf(`{"id":"evt_%%_%d%s","type":%q,"data":{"object":%s}}`, i, suffix, told[i][0], told[i][1])
			body = strings.NewReplacer("P%", paid, "%", name).Replace(body)
			if err := h.Hear(h.bench.ctx, h.ledger, h.teller, []byte(body), begin); err != nil {
				return fmt.Errorf("round %d, %s: %w", round, told[i][0], err)
			}
		}
	}
	return nil
}

// TestMessagesInEveryOrder: whatever the order and the number of messages, one state comes out, and one set of payments.
func TestMessagesInEveryOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hearing()
	for name, told := range histories {
		all := orders(len(told))
		names, paid := make([]string, len(all)), make([]string, len(all))
		for n := range all {
			names[n] = fmt.Sprintf("%s%03d", strings.ReplaceAll(name, " ", ""), n)
			paid[n] = h.sell(names[n])
		}
		var hearing errgroup.Group
		hearing.SetLimit(16)
		for n, order := range all {
			hearing.Go(func() error { return h.hears(names[n], paid[n], told, order) })
		}
		b.must(hearing.Wait())
		t.Run(name, func(t *testing.T) {
			want := h.end(names[0], paid[0])
			for n, order := range all {
				if got := h.end(names[n], paid[n]); got != want {
					t.Fatalf("in the order %v it ends as\n%s\nand in the order %v as\n%s", order, got, all[0], want)
				}
			}
		})
	}
	var waiting int
	conn, err := pgx.Connect(t.Context(), b.url)
	b.must(err)
	defer func() { _ = conn.Close(t.Context()) }()
	b.must(conn.QueryRow(t.Context(), `SELECT count(*) FROM tallystick.gateway_messages WHERE result IS NULL OR result = 'unmatched'`).Scan(&waiting))
	if waiting > 0 {
		t.Errorf("%d messages wait", waiting)
	}
}
