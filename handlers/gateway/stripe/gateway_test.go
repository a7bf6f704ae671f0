package stripe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/conformance"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

var begin = time.Date(2031, 7, 1, 0, 0, 0, 0, time.UTC)

// Token, Reachable and Charged let the suite script Stripe.
func (b *bench) Token(behaviour conformance.Behaviour) string {
	return b.Server.Method(map[conformance.Behaviour]stripetest.Behaviour{
		conformance.Succeeds: stripetest.Succeeds, conformance.DeclinesSoft: stripetest.Declines, conformance.DeclinesHard: stripetest.DeclinesFor,
		conformance.Processes: stripetest.Processes, conformance.Vanishes: stripetest.Vanishes, conformance.Loses: stripetest.Loses,
		conformance.Refuses: stripetest.Refuses, conformance.RefundFails: stripetest.RefundFails, conformance.RefundVanishes: stripetest.RefundVanishes,
	}[behaviour])
}

func (b *bench) Reachable(_ context.Context, reachable bool) error {
	return b.Server.Reachable(reachable)
}

func (b *bench) Charged(_ context.Context, key string) (n int, err error) {
	name, attempt, _ := strings.Cut(key, ":")
	_, statuses := b.Intents(name, attempt)
	for _, status := range statuses {
		if status == "succeeded" {
			n++
		}
	}
	return n, nil
}

func (b *bench) Refunded(_ context.Context, key string) (int, error) {
	name, attempt, _ := strings.Cut(key, ":")
	return b.Refunds(name, attempt), nil
}

// hands do at Stripe what nobody here asked for.
type hands struct{ b *bench }

func (h hands) SendBack(_ context.Context, charge string, amount money.Amount) error {
	units, err := toUnits(amount)
	if err != nil {
		return err
	}
	return h.b.SendBack(charge, units)
}

func (h hands) Dispute(_ context.Context, charge string) error {
	_, err := h.b.Dispute(charge)
	return err
}

func (h hands) Lose(_ context.Context, m paymentmethod.Method) error {
	_, method := split(m.Token)
	return h.b.Detach(method)
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

// TestApproval: a charge that the bank wants approved is opened to the customer, who approves, denies, or lets it expire.
func TestApproval(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		later func(intent string) error
		after time.Duration
		want  payment.Status
		code  string
	}{
		"approved":                    {b.Approve, time.Hour, payment.StatusSucceeded, ""},
		"denied":                      {b.Deny, time.Hour, payment.StatusFailed, "payment_intent_authentication_failure"},
		"waiting":                     {func(string) error { return nil }, time.Hour, payment.StatusRequiresAction, ""},
		"expired":                     {func(string) error { return nil }, gateway.ActionTime, payment.StatusFailed, "action_expired"},
		"approved in the last moment": {b.Approve, gateway.ActionTime, payment.StatusSucceeded, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := first(name, b.attached(stripetest.Approval))
			for range 2 { // the second repeats
				a, err := b.Charge(t.Context(), b.ledger, asked)
				if err != nil || a.Status != payment.StatusRequiresAction || a.NextAction == nil || !strings.HasPrefix(a.NextAction.URL, b.URL+"/approve/") ||
					!a.NextAction.ExpiresAt.Equal(begin.Add(gateway.ActionTime)) {
					t.Fatalf("%+v, %v", a, err)
				}
				asked.Reference = a.Reference
			}
			if err := c.later(asked.Reference); err != nil {
				t.Fatal(err)
			}
			asked.Now = begin.Add(c.after)
			for range 2 {
				a, err := b.AskCharge(t.Context(), b.ledger, asked)
				if err != nil || a.Status != c.want || c.code != "" && (a.Failure == nil || a.Failure.Code != c.code || a.Failure.Kind != payment.Soft) {
					t.Errorf("asked, it answered %+v, %v, %v", a, a.Failure, err)
				}
			}
			if ids, _ := b.Intents(name, "1"); len(ids) != 1 {
				t.Errorf("the intents are %v", ids)
			}
		})
	}
}

// TestForgottenKeys: a charge whose key Stripe may have forgotten is looked for first.
func TestForgottenKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := first("p", b.attached(stripetest.Vanishes, stripetest.Succeeds))
	if a, err := b.Charge(t.Context(), b.ledger, asked); err == nil {
		t.Fatalf("answered %+v", a)
	}
	b.ForgetKeys()
	asked.Now = begin.AddDate(0, 0, 2)
	a, err := b.Charge(t.Context(), b.ledger, asked)
	if ids, _ := b.Intents("p", ""); err != nil || a.Status != payment.StatusSucceeded || len(ids) != 1 {
		t.Errorf("answered %+v, %v; %v were made", a, err, ids)
	}
	never := first("q", asked.Token)
	never.Now = asked.Now
	a, err = b.Charge(t.Context(), b.ledger, never)
	if ids, _ := b.Intents("q", ""); err != nil || a.Status != payment.StatusSucceeded || len(ids) != 1 {
		t.Errorf("answered %+v, %v; %v were made", a, err, ids)
	}
}

// TestCharged: the fee and the day of the payout come with the answer, and a method that is gone fails for good.
func TestCharged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.attached(stripetest.Succeeds)
	a, err := b.Charge(t.Context(), b.ledger, first("p", token))
	if err != nil || a.Fee == nil || a.Fee.Plain() != "1.34" || a.SettlesAt == nil {
		t.Errorf("%+v, %v", a, err)
	}
	customer, _ := split(token)
	a, err = b.Charge(t.Context(), b.ledger, first("q", join(customer, "pm_gone")))
	if err != nil || a.Failure == nil || a.Failure.Code != codeNoMethod || a.Failure.Kind != payment.Hard {
		t.Errorf("%+v, %v, %v", a, a.Failure, err)
	}
	fils := first("r", token)
	if fils.Amount, err = money.FromMinor("KWD", 1234); err != nil {
		t.Fatal(err)
	}
	a, err = b.Charge(t.Context(), b.ledger, fils)
	if err != nil || a.Failure == nil || a.Failure.Code != codeAmount {
		t.Errorf("%+v, %v, %v", a, a.Failure, err)
	}
}

// TestOneCustomer: a workspace's payment methods belong to one customer, and those of others are not taken.
func TestOneCustomer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, _ := split(b.attached(stripetest.Succeeds))
	second, method := split(b.attached(stripetest.Succeeds))
	if first != second {
		t.Errorf("customers %s and %s", first, second)
	}
	again, err := b.Attach(t.Context(), b.ledger, "acme", method)
	if err != nil || again.Token != join(first, method) {
		t.Errorf("attached again: %+v, %v", again, err)
	}
	_, err = b.Attach(t.Context(), b.ledger, "birch", method)
	if refused, ok := errors.AsType[*domain.Rejection](err); !ok || refused.Code != "token_unknown" {
		t.Errorf("another workspace: %v", err)
	}
}

// TestKeys: without a key a charge waits and nothing is attached; a wrong one is in no error.
func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := b.attached(stripetest.Succeeds)
	b.secrets = keys("")
	if _, err := b.Charge(t.Context(), b.ledger, first("p", token)); !errors.Is(err, gateway.ErrUnreachable) {
		t.Errorf("without a key: %v", err)
	}
	_, err := b.Attach(t.Context(), b.ledger, "acme", "pm_x")
	if refused, ok := errors.AsType[*domain.Rejection](err); !ok || refused.Code != "gateway_not_configured" {
		t.Errorf("without a key: %v", err)
	}
	b.secrets = keys("rk_test_wrong_one")
	_, err = b.Charge(t.Context(), b.ledger, first("p", token))
	if !errors.Is(err, gateway.ErrUnreachable) || strings.Contains(fmt.Sprintf("%+v", err), "wrong_one") {
		t.Errorf("with a wrong key: %v", err)
	}
	if ids, _ := b.Intents("p", ""); len(ids) != 0 {
		t.Errorf("%v were made", ids)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency money.Currency
		amount   string
		units    int64 // 0 for none
	}{
		{"USD", "12.30", 1230}, {"JPY", "1500", 1500}, {"ISK", "5", 500}, {"UGX", "5", 500}, {"KWD", "1.230", 1230}, {"KWD", "1.234", 0},
		{"MGA", "5.00", 5}, {"MGA", "5.20", 0}, {"CLF", "1.1000", 110}, {"CLF", "1.1234", 0},
	} {
		t.Run(string(c.currency)+c.amount, func(t *testing.T) {
			t.Parallel()
			amount, err := money.Parse(c.currency, c.amount)
			if err != nil {
				t.Fatal(err)
			}
			units, err := toUnits(amount)
			if units != c.units || (err == nil) != (c.units > 0) {
				t.Fatalf("%d, %v", units, err)
			}
			if err != nil {
				return
			}
			if back, err := fromUnits(strings.ToLower(string(c.currency)), units); err != nil || !back.Equal(amount) {
				t.Errorf("back: %s, %v", back, err)
			}
		})
	}
	if odd, err := fromUnits("isk", 501); err == nil {
		t.Errorf("%s", odd)
	}
}
