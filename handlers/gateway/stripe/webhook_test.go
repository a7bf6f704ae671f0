package stripe

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

func TestSignatures(t *testing.T) {
	t.Parallel()
	var g *Gateway
	body, secrets := []byte(`{"id":"evt_1"}`), [][]byte{[]byte("whsec_old"), []byte("whsec_new")}
	signed := stripetest.Sign(body, "whsec_new", begin)
	for name, c := range map[string]struct {
		header string
		body   []byte
		after  time.Duration
		want   bool
	}{
		"by the new secret":   {signed, body, 0, true},
		"by the old secret":   {stripetest.Sign(body, "whsec_old", begin), body, 0, true},
		"at the last second":  {signed, body, 300 * time.Second, true},
		"a second later":      {signed, body, 301 * time.Second, false},
		"before its time":     {signed, body, -301 * time.Second, false},
		"with other parts":    {signed + ",v0=abc,x", body, 0, true},
		"with spaces":         {"t=" + signed[2:12] + ", " + signed[13:], body, 0, true},
		"of other bytes":      {signed, []byte(`{"id":"evt_2"}`), 0, false},
		"by another":          {stripetest.Sign(body, "whsec_none", begin), body, 0, false},
		"without a time":      {signed[13:], body, 0, false},
		"with two times":      {signed + "," + signed[:12], body, 0, false},
		"without a signature": {signed[:12], body, 0, false},
		"empty":               {"", body, 0, false},
		"no hex":              {signed[:12] + ",v1=xyz", body, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := g.Verify(c.header, c.body, secrets, begin.Add(c.after)); got != c.want {
				t.Errorf("%t", got)
			}
		})
	}
	if g.Verify(signed, body, nil, begin) {
		t.Error("without a secret")
	}
}

// told makes a message.
func told(kind, object string) []byte {
	return fmt.Appendf(nil, `{"id":"evt_1","object":"event","api_version":"1999-01-01","type":%q,"data":{"object":%s}}`, kind, object)
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const noted = `"metadata":{"tallystick_payment":"p","tallystick_attempt":"2","tallystick_workspace":"acme"}`
	ours := gateway.Notice{Payment: "p", Attempt: 2, Workspace: "acme", Reference: "pi_1"}
	charged := func(n gateway.Notice, a payment.Answer) gateway.Notice {
		a.Reference = "pi_1"
		n.Charge, n.Reference = &a, "pi_1"
		return n
	}
	succeeded := payment.Answer{Status: payment.StatusSucceeded}
	dispute := func(n gateway.NoticedDispute) gateway.Notice {
		n.Reference, n.Amount, n.Reason, n.OpenedAt = "dp_1", usd(3600), "fraudulent", begin
		return charged(gateway.Notice{Dispute: &n}, succeeded)
	}
	opened := fmt.Sprintf(`"id":"dp_1","amount":3600,"currency":"usd","payment_intent":"pi_1","reason":"fraudulent","created":%d`, begin.Unix())
	for name, c := range map[string]struct {
		kind, object string
		want         gateway.Notice
	}{
		"a success":  {"payment_intent.succeeded", `{"id":"pi_1","status":"succeeded","future":[1,{}],` + noted + `}`, charged(ours, succeeded)},
		"processing": {"payment_intent.processing", `{"id":"pi_1","status":"processing",` + noted + `}`, charged(ours, payment.Answer{Status: payment.StatusProcessing})},
		"a decline": {
			"payment_intent.payment_failed",
			`{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"code":"card_declined","decline_code":"lost_card","message":"no"},` + noted + `}`,
			charged(ours, payment.Answer{Status: payment.StatusFailed, Failure: &payment.Failure{Code: "lost_card", Kind: payment.Hard, Message: "no"}}),
		},
		"a decline that says nothing of what the intent became": {"payment_intent.payment_failed", `{"id":"pi_1","status":"succeeded",` + noted + `}`, charged(ours, succeeded)},
		"an approval that is asked for": {
			"payment_intent.payment_failed", `{"id":"pi_1","status":"requires_payment_method","last_payment_error":{"code":"authentication_required"},` + noted + `}`, ours,
		},
		"an action": {
			"payment_intent.requires_action",
			`{"id":"pi_1","status":"requires_action","next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://bank.example"}},` + noted + `}`,
			charged(ours, payment.Answer{Status: payment.StatusRequiresAction, NextAction: &payment.NextAction{URL: "https://bank.example"}}),
		},
		"a cancellation": {
			"payment_intent.canceled", `{"id":"pi_1","status":"canceled","cancellation_reason":"duplicate",` + noted + `}`,
			charged(ours, payment.Answer{Status: payment.StatusFailed, Failure: &payment.Failure{Code: "canceled", Kind: payment.Soft, Message: "the charge was canceled at the gateway"}}),
		},
		"an unknown status": {"payment_intent.succeeded", `{"id":"pi_1","status":"dancing",` + noted + `}`, ours},
		"a link that was paid": {
			"payment_intent.succeeded",
			`{"id":"pi_1","status":"succeeded","amount_received":3600,"currency":"usd","payment_method":"pm_1","setup_future_usage":"off_session","metadata":{"tallystick_link":"l","tallystick_workspace":"acme"}}`,
			charged(gateway.Notice{Link: "l", Workspace: "acme", Paid: new(usd(3600)), Token: "pm_1"}, succeeded),
		},
		"money that went back": {
			"charge.refunded", `{"id":"ch_1","amount_refunded":600,"currency":"usd","payment_intent":{"id":"pi_1","object":"payment_intent"},` + noted + `}`,
			charged(gateway.Notice{Payment: "p", Attempt: 2, Workspace: "acme", Total: new(usd(600))}, succeeded),
		},
		"a charge of nobody's":      {"charge.refunded", `{"id":"ch_1","amount_refunded":600,"currency":"usd","payment_intent":null,"metadata":{}}`, gateway.Notice{Total: new(usd(600))}},
		"a refund of others":        {"refund.created", `{"id":"re_1","amount":600,"currency":"usd","payment_intent":"pi_1","status":"succeeded","metadata":{}}`, gateway.Notice{}},
		"a dispute":                 {"charge.dispute.created", `{` + opened + `,"status":"needs_response","evidence_details":{"due_by":1925600000}}`, dispute(gateway.NoticedDispute{EvidenceDueAt: new(time.Unix(1925600000, 0).UTC())})},
		"a dispute that was lost":   {"charge.dispute.closed", `{` + opened + `,"status":"lost","balance_transactions":[{"fee":1500,"currency":"usd"}]}`, dispute(gateway.NoticedDispute{Closed: true, Fee: new(usd(1500))})},
		"a dispute that was won":    {"charge.dispute.closed", `{` + opened + `,"status":"won"}`, dispute(gateway.NoticedDispute{Closed: true, Won: true})},
		"a setup":                   {"setup_intent.succeeded", `{"id":"seti_1","payment_method":"pm_1","metadata":{"tallystick_setup":"s","tallystick_workspace":"acme"}}`, gateway.Notice{Setup: "s", Workspace: "acme", Token: "pm_1"}},
		"a session that was paid":   {"checkout.session.completed", `{"id":"cs_1","mode":"payment","payment_status":"paid","payment_intent":"pi_1","amount_total":3600,"currency":"usd","metadata":{"tallystick_link":"l"}}`, charged(gateway.Notice{Link: "l", Paid: new(usd(3600))}, succeeded)},
		"a session that takes days": {"checkout.session.completed", `{"id":"cs_1","mode":"payment","payment_status":"unpaid","metadata":{"tallystick_link":"l"}}`, gateway.Notice{Link: "l"}},
		"a method that is gone":     {"payment_method.detached", `{"id":"pm_1","metadata":{"tallystick_workspace":"acme"}}`, gateway.Notice{Workspace: "acme", Token: "pm_1", Detached: true}},
		"another type":              {"customer.created", `{"id":"cus_1",` + noted + `}`, gateway.Notice{}},
		"no object":                 {"charge.refunded", `7`, gateway.Notice{}},
		"a currency of nobody's":    {"charge.refunded", `{"amount_refunded":1,"currency":"xxx","payment_intent":"pi_1"}`, gateway.Notice{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.want.Gateway, c.want.ID, c.want.Type = "stripe", "evt_1", c.kind
			if differs := cmp.Diff(c.want, (*Gateway)(nil).Read(told(c.kind, c.object))); differs != "" {
				t.Error(differs)
			}
		})
	}
}

// FuzzRead: whatever was signed is read without a panic.
func FuzzRead(f *testing.F) {
	for kind := range readers {
		f.Add(told(kind, `{"id":"x","status":"succeeded","currency":"usd","amount":1,"metadata":{"tallystick_payment":"p"}}`))
	}
	f.Add([]byte(`null`))
	f.Fuzz(func(_ *testing.T, body []byte) { (*Gateway)(nil).Read(body) })
}

// TestPages: Checkout's pages carry what our links and setups are called, and what customers do there is told.
func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := gateway.PaymentPage{
		Key: "link:l", Link: "l", Workspace: "acme", Title: "Pro, 3 seats", Amount: usd(3600), Save: true, ReturnURL: "https://shop.example/back",
		ExpiresAt: time.Now().Add(time.Hour),
	}
	paid, err := b.PaymentPage(t.Context(), b.ledger, link)
	if err != nil || paid.URL == "" || paid.Reference == "" || paid.ExpiresAt.IsZero() {
		t.Fatalf("%+v, %v", paid, err)
	}
	if again, err := b.PaymentPage(t.Context(), b.ledger, link); err != nil || again != paid {
		t.Errorf("again: %+v, %v", again, err)
	}
	for _, currency := range []string{"", "EUR"} {
		given, err := b.SetupPage(t.Context(), b.ledger, gateway.SetupPage{
			Key: "setup:s" + currency, Setup: "s", Workspace: "acme", Currency: money.Currency(currency), ReturnURL: "https://shop.example/back",
		})
		if err != nil || given.URL == "" {
			t.Fatalf("%+v, %v", given, err)
		}
		if err := b.Complete(given.Reference); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Complete(paid.Reference); err != nil {
		t.Fatal(err)
	}
	var links, setups int
	for _, e := range b.Events() {
		n := b.Read(e.Body)
		if n.Link == "l" && n.Paid.Equal(usd(3600)) && n.Reference != "" {
			links++
		}
		if n.Setup != "s" || n.Token == "" {
			continue
		}
		setups++
		described, err := b.Attach(t.Context(), b.ledger, n.Workspace, n.Token)
		if err != nil || described.Brand != "mastercard" {
			t.Errorf("%+v, %v", described, err)
		}
	}
	if links != 2 || setups != 2 {
		t.Errorf("told of %d links and %d setups", links, setups)
	}
}
