package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/conformance"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// bench is the gateway on a database, for a ledger whose clock the test moves.
type bench struct {
	*Gateway
	ledger eventstore.Ledger
	waited []time.Duration
}

func setup(t *testing.T) *bench {
	t.Helper()
	url := pgtest.Database(t)
	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) })
	b := &bench{}
	if b.ledger, err = eventstore.CreateLedger(t.Context(), admin, "test", eventstore.ModeSandbox, start); err != nil {
		t.Fatal(err)
	}
	pool, err := eventstore.Connect(t.Context(), url, eventstore.PoolOptions{Name: "gateway", Connections: 4, Role: pgtest.AppRole})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b.Gateway = New(pool, time.Now, func(d time.Duration) <-chan time.Time {
		b.waited = append(b.waited, d)
		done := make(chan time.Time)
		close(done)
		return done
	})
	return b
}

// after gives the ledger as it is once its clock was advanced.
func (b *bench) after(d time.Duration) eventstore.Ledger {
	later := b.ledger
	later.Clock = start.Add(d)
	return later
}

func asked(key, method, token string) gateway.Charge {
	amount, err := money.FromMinor("USD", 3600)
	if err != nil {
		panic(err)
	}
	return gateway.Charge{Key: key, Payment: "p", Workspace: "acme", Method: method, Token: token, Amount: amount}
}

// Token, Reachable and Charged let the suite script the gateway.
func (*bench) Token(b conformance.Behaviour) string {
	return map[conformance.Behaviour]string{
		conformance.Succeeds: "tok_ok", conformance.DeclinesSoft: "tok_insufficient_funds", conformance.DeclinesHard: "tok_lost_card",
		conformance.Processes: "tok_pending_ok", conformance.Vanishes: "tok_timeout_ok", conformance.Loses: "tok_timeout_lost",
		conformance.Refuses: "tok_refused", conformance.RefundFails: "tok_refund_failed", conformance.RefundVanishes: "tok_refund_timeout",
	}[b]
}

func (b *bench) Reachable(ctx context.Context, reachable bool) error {
	s := defaults
	s.Available = reachable
	return b.Set(ctx, b.ledger.ID, s)
}

func (b *bench) Charged(ctx context.Context, key string) (n int, err error) {
	return b.count(ctx, KindCharge, key)
}

func (b *bench) Refunded(ctx context.Context, key string) (int, error) {
	return b.count(ctx, KindRefund, key)
}

// count counts the requests of a kind with a key that succeeded.
func (b *bench) count(ctx context.Context, kind Kind, key string) (n int, err error) {
	listed, err := b.Charges(ctx, b.ledger.ID, Filter{}, start, 0, 1_000)
	for _, c := range listed {
		if c.Kind == kind && c.Key == key && c.Outcome == OutcomeSucceeded {
			n++
		}
	}
	return n, err
}

// hands do at the gateway what nobody here asked for.
type hands struct{ b *bench }

func (h hands) SendBack(ctx context.Context, charge string, amount money.Amount) error {
	_, err := h.b.RefundByHand(ctx, h.b.ledger, charge, amount, true, charge+" "+amount.Plain())
	return err
}

func (h hands) Dispute(ctx context.Context, charge string) error {
	_, err := h.b.Gateway.Dispute(ctx, h.b.ledger, charge, "", charge)
	return err
}

func (h hands) Lose(ctx context.Context, m paymentmethod.Method) error {
	return h.b.RemoveMethod(ctx, h.b.ledger, m.ID)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	b := setup(t)
	subject := conformance.Subject{Gateway: b, Ledger: b.ledger, Script: b, Refunder: b, Refunded: b.Refunded, Books: b, Hands: hands{b}}
	for _, c := range slices.Concat(conformance.Cases(), conformance.RefundCases(), conformance.BookCases()) {
		t.Run(c.Name, func(t *testing.T) {
			if err := c.Check(t.Context(), subject); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTokens charges each token once, asks at once and after two days.
func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const unknown, lost = "no answer", "never arrived"
	for part, want := range map[string][3]string{ // of the charge, asked at once, asked two days later
		"ok":                 {"succeeded", "succeeded", "succeeded"},
		"insufficient_funds": {"soft", "soft", "soft"},
		"generic_decline":    {"soft", "soft", "soft"},
		"processing_error":   {"soft", "soft", "soft"},
		"expired_card":       {"hard", "hard", "hard"},
		"lost_card":          {"hard", "hard", "hard"},
		"stolen_card":        {"hard", "hard", "hard"},
		"incorrect_number":   {"hard", "hard", "hard"},
		"requires_action":    {"requires_action", "requires_action", "soft"},
		"slow":               {"succeeded", "succeeded", "succeeded"},
		"pending_ok":         {"processing", "processing", "succeeded"},
		"pending_failed":     {"processing", "processing", "soft"},
		"timeout_ok":         {unknown, "succeeded", "succeeded"},
		"timeout_failed":     {unknown, "soft", "soft"},
		"timeout_lost":       {unknown, lost, lost},
		"timeout_silent":     {unknown, unknown, unknown},
		"returned":           {"succeeded", "succeeded", "succeeded"},
		"dispute":            {"succeeded", "succeeded", "succeeded"},
		"refund_failed":      {"succeeded", "succeeded", "succeeded"},
		"refund_timeout":     {"succeeded", "succeeded", "succeeded"},
	} {
		t.Run(part, func(t *testing.T) {
			got := func(a payment.Answer, err error) string {
				switch {
				case errors.Is(err, gateway.ErrNeverArrived):
					return lost
				case errors.Is(err, errSilent):
					return unknown
				case err != nil:
					t.Fatal(err)
				case a.Failure != nil:
					return string(a.Failure.Kind)
				}
				return string(a.Status)
			}
			c := asked(part+":1", part, "tok_"+part)
			for i, answered := range []string{
				got(b.Charge(t.Context(), b.ledger, c)), got(b.AskCharge(t.Context(), b.ledger, c)),
				got(b.AskCharge(t.Context(), b.after(48*time.Hour), c)),
			} {
				if answered != want[i] {
					t.Errorf("answer %d is %s, want %s", i, answered, want[i])
				}
			}
			if again := got(b.Charge(t.Context(), b.ledger, c)); again != want[0] {
				t.Errorf("a repeat is answered %s", again)
			}
		})
	}
	if len(behaviours) != 20 {
		t.Errorf("%d parts of tokens, and 20 are tried", len(behaviours))
	}
	if len(b.waited) != 2 || b.waited[0] != slowness {
		t.Errorf("waited %v", b.waited)
	}
}

// TestPartsAreTakenInTurn: the n-th charge of a method takes the n-th part, and repeats take none.
func TestPartsAreTakenInTurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const token = "tok_insufficient_funds.ok.lost_card"
	for i, want := range []payment.Status{payment.StatusFailed, payment.StatusSucceeded, payment.StatusFailed, payment.StatusFailed} {
		for range 3 {
			a, err := b.Charge(t.Context(), b.ledger, asked(fmt.Sprint("p:", i+1), "m", token))
			if err != nil || a.Status != want {
				t.Errorf("charge %d: %+v, %v", i+1, a, err)
			}
		}
	}
	if a, err := b.Charge(t.Context(), b.ledger, asked("q:1", "another", token)); err != nil || a.Status != payment.StatusFailed {
		t.Errorf("another method with the token: %+v, %v", a, err)
	}
	totals, err := b.Totals(t.Context(), b.ledger.ID, start)
	if err != nil || totals.ChargeRequests != 13 || len(totals.Captured) != 1 || totals.Captured[0].Plain() != "36.00" {
		t.Errorf("%+v, %v", totals, err)
	}
	listed, err := b.Charges(t.Context(), b.ledger.ID, Filter{Workspace: "acme", Payment: "p"}, start, 0, 2)
	if err != nil || len(listed) != 2 || listed[1].Outcome != "succeeded" || listed[1].Requests != 3 || listed[1].Key != "p:2" {
		t.Errorf("%+v, %v", listed, err)
	}
	if none, err := b.Charges(t.Context(), b.ledger.ID, Filter{Workspace: "birch"}, start, 0, 2); err != nil || len(none) > 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	set := Settings{LatencyMS: 250, Available: true, FeeRate: "0.029", FeeFixed: "0.30", SettleDays: 2}
	if err := b.Set(t.Context(), b.ledger.ID, set); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Settings(t.Context(), b.ledger.ID); err != nil || got != set {
		t.Errorf("%+v, %v", got, err)
	}
	a, err := b.Charge(t.Context(), b.ledger, asked("p:1", "m", "tok_ok"))
	if err != nil || a.Fee.Plain() != "1.34" || !a.SettlesAt.Equal(start.AddDate(0, 0, 2)) || len(b.waited) != 1 || b.waited[0] != 250*time.Millisecond {
		t.Errorf("%+v, %v after %v", a, err, b.waited)
	}
	for code, wrong := range map[string]Settings{
		"latency_invalid":     {LatencyMS: -1, FeeRate: "0", FeeFixed: "0"},
		"fee_invalid":         {FeeRate: "1.5", FeeFixed: "0"},
		"settle_days_invalid": {FeeRate: "0", FeeFixed: "0", SettleDays: 91},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			if refused, ok := errors.AsType[*domain.Rejection](b.Set(t.Context(), b.ledger.ID, wrong)); !ok || refused.Code != code {
				t.Errorf("%v", refused)
			}
		})
	}
}

func TestDescriptions(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]paymentmethod.Kind{"tok_ok": paymentmethod.KindCard, "tok_pending_ok.ok": paymentmethod.KindBankDebit} {
		if d, err := describe(token); err != nil || d.Kind != want || d.Token != token {
			t.Errorf("%s: %+v, %v", token, d, err)
		}
	}
	for _, token := range []string{"", "ok", "tok_", "tok_ok.", "tok_ok.nonsense", "tok_OK"} {
		if d, err := describe(token); err == nil {
			t.Errorf("%q: %+v", token, d)
		}
	}
}
