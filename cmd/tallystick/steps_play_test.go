package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// play has one process manager at work in a ledger of its own, each time for workspaces that are new.
type play struct {
	name    string
	key     string
	points  []string // at which it can be stopped
	gateway bool     // it asks the sandbox gateway
	token   string   // of the payment methods

	ready func(k *killing, p *play, workspace string)                          // makes what it works on
	wakes time.Duration                                                        // it has something to do after so much of the ledger's time
	acts  func(workspace string) (method, path, body string)                   // the request that makes it work at once; nil for none
	wants func(charges []charged, payment paid, read func(string, any)) string // tells what is wrong
	holds func(k *killing, p *play) string                                     // does so without any charge to look at

	made      int       // workspaces so far
	workspace string    // of this time
	until     time.Time // the clock goes so far in this time
}

// charged holds what the gateway knows of a key.
type charged struct {
	Kind, Outcome, Payment string
	Requests, Lookups      int
}

// paid is a payment as its owner knows it.
type paid struct {
	ID, Status string
	Attempts   []struct{ Status string }
}

// buys makes a request that buys a subscription.
func buys(workspace string) (method, path, body string) {
	return "POST", on(workspace, "/subscription"), `{"price":"month","seats":1,"collection":"automatic"}`
}

// bills makes a request that issues an invoice of one line.
func bills(workspace string) (method, path, body string) {
	return "POST", on(workspace, "/invoices"), `{"currency":"USD","collection":"automatic","lines":[{"description":"setup","unit_amount":"12.00"}]}`
}

// does has a workspace be ready by a request that may be answered by a decline.
func does(of func(string) (string, string, string)) func(*killing, *play, string) {
	return func(k *killing, p *play, workspace string) {
		method, path, body := of(workspace)
		if got := k.ask(p, 0, method, path, "ready "+workspace, body); got.status/100 != 2 && got.status != http.StatusPaymentRequired {
			k.t.Errorf("%s: %s %s: %d %s", p.name, method, path, got.status, got.body)
		}
	}
}

// billed has a workspace be billed, and its gateway asked.
func billed(k *killing, p *play, workspace string) {
	does(bills)(k, p, workspace)
	k.advance(p, 0)
}

// once tells what is wrong with a payment of one attempt that must have succeeded by one charge.
func once(charges []charged, payment paid, _ func(string, any)) string {
	if len(charges) != 1 || charges[0].Outcome != "succeeded" || payment.Status != "succeeded" || len(payment.Attempts) != 1 {
		return "is not one attempt that succeeded by one charge"
	}
	return ""
}

// open makes the plays' ledgers, with a shop in each.
func (k *killing) open() {
	k.t.Helper()
	k.plays = []*play{
		{name: "charge", points: []string{"attempted", "arrives", "slow", "records"}, gateway: true, token: "tok_ok", acts: buys, wants: once},
		{name: "ask_gateway", points: []string{"arrives", "slow", "records"}, gateway: true, token: "tok_timeout_ok", wakes: 5 * time.Minute, ready: does(buys), wants: func(charges []charged, payment paid, read func(string, any)) string {
			if len(charges) == 1 && (charges[0].Requests != 1 || charges[0].Lookups == 0) {
				return "was charged again, or not asked for"
			}
			return once(charges, payment, read)
		}},
		{name: "refund", points: []string{"attempted", "arrives", "slow", "records"}, gateway: true, token: "tok_ok", ready: does(buys), acts: func(workspace string) (string, string, string) {
			return "POST", on(workspace, "/subscription/cancel"), `{"when":"now","settlement":"refund"}`
		}, wants: sentBackOnce},
		{name: "dunning", points: []string{"attempted", "arrives", "slow", "records"}, gateway: true, token: "tok_insufficient_funds.ok", wakes: 24 * time.Hour, ready: billed, wants: func(charges []charged, payment paid, _ func(string, any)) string {
			if len(charges) != 2 || charges[0].Outcome != "failed" || charges[1].Outcome != "succeeded" || payment.Status != "succeeded" || len(payment.Attempts) != 2 {
				return "is not one attempt that failed and one that succeeded"
			}
			return ""
		}},
		{name: "news", points: []string{"records", "forgets"}, gateway: true, token: "tok_dispute", wakes: 24 * time.Hour, ready: billed, wants: func(charges []charged, payment paid, read func(string, any)) string {
			var disputes struct {
				Data []struct{ Payment, Status string }
			}
			if read("/v1/disputes", &disputes); len(disputes.Data) != 1 || disputes.Data[0].Status != "open" || disputes.Data[0].Payment != payment.ID {
				return fmt.Sprintf("is not disputed once: %+v", disputes.Data)
			}
			return once(charges, payment, read)
		}},
		{name: "deliver", points: []string{"arrives", "slow", "records"}, acts: func(workspace string) (string, string, string) {
			return "POST", on(workspace, "/credits"), `{"amount":{"amount":"1.00","currency":"USD"},"reason":"a gift"}`
		}},
	}
	k.plays = append(k.plays, laterPlays()...)
	for _, p := range k.plays {
		for _, args := range [][]string{{"ledger", "create", p.name}, {"key", "create", "admin", "--role", "admin", "--ledger", p.name}} {
			stdout, stderr, code := invoke(k.t, append(args, "--database-url", k.url)...)
			if code != exitDone {
				k.t.Fatalf("%v: exit %d: %s", args, code, stderr)
			}
			p.key = strings.TrimSpace(stdout)
		}
		k.sends(p, "/v1/products", `{"code":"pro","name":"Pro","tier":1}`)
		k.sends(p, "/v1/products/pro/prices", `{"code":"month","currency":"USD","interval":"month","unit_amount":"12.00"}`)
		if !p.gateway {
			k.sends(p, "/v1/webhook-endpoints", fmt.Sprintf(`{"url":%q,"types":["credit.granted"]}`, k.fetches.URL))
		}
	}
}

// sends sends a command that must succeed.
func (k *killing) sends(p *play, path, body string) {
	k.t.Helper()
	if got := k.ask(p, 0, "POST", path, path+body, body); got.status/100 != 2 {
		k.t.Errorf("%s: %s: %d %s", p.name, path, got.status, got.body)
	}
}

// prepare makes what the process manager will work on.
func (p *play) prepare(k *killing) {
	p.workspace = fmt.Sprintf("w%d", p.made)
	p.made++
	if p.token != "" {
		k.sends(p, on(p.workspace, "/payment-methods"), fmt.Sprintf(`{"gateway":"sandbox","token":%q}`, p.token))
	}
	if p.ready != nil {
		p.ready(k, p, p.workspace)
	}
}

// begin sets the process manager to work, by a server that will be killed.
func (p *play) begin(ctx context.Context, k *killing) {
	var method, path, body string
	if p.acts == nil {
		var now struct{ Now time.Time }
		p.read(k, "/v1/clock", &now)
		p.until = now.Now.Add(p.wakes)
		method, path, body = "POST", "/v1/clock/advance", fmt.Sprintf(`{"to":%q}`, p.until.Format(time.RFC3339Nano))
	} else {
		method, path, body = p.acts(p.workspace)
	}
	r, err := http.NewRequestWithContext(ctx, method, k.servers[0].url+path, strings.NewReader(body))
	if err != nil {
		k.t.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+p.key)
	r.Header.Set("Content-Type", "application/json")
	if p.acts != nil {
		r.Header.Set("Idempotency-Key", "act "+p.workspace)
	}
	_, _ = ask(r) // nobody answers who is killed
}

// again repeats a request that was cut off before anything was written.
func (p *play) again(k *killing) {
	if p.acts == nil {
		return
	}
	method, path, body := p.acts(p.workspace)
	if got := k.ask(p, 0, method, path, "act "+p.workspace, body); got.status/100 != 2 {
		k.t.Errorf("%s: %s %s, repeated: %d %s", p.name, method, path, got.status, got.body)
	}
}

// check holds what became of a workspace against what must.
func (p *play) check(k *killing) {
	switch {
	case p.holds != nil:
		if wrong := p.holds(k, p); wrong != "" {
			k.t.Errorf("%s: %s %s", p.name, p.workspace, wrong)
		}
		return
	case !p.gateway:
		p.checkDelivered(k)
		return
	}
	var charges struct{ Data []charged }
	var payments struct{ Data []paid }
	p.read(k, "/v1/sandbox/charges?workspace="+p.workspace, &charges)
	p.read(k, on(p.workspace, "/payments"), &payments)
	wrong := fmt.Sprintf("has %d payments", len(payments.Data))
	if len(payments.Data) == 1 {
		wrong = p.wants(charges.Data, payments.Data[0], func(list string, into any) { p.read(k, list+"?workspace="+p.workspace, into) })
	}
	if wrong != "" {
		k.t.Errorf("%s: %s %s: %+v %+v", p.name, p.workspace, wrong, payments.Data, charges.Data)
	}
}

// finish ends the subscription, so that it is not renewed later.
func (p *play) finish(k *killing) {
	if got := k.ask(p, 0, "GET", on(p.workspace, "/subscription"), "", ""); got.status == http.StatusOK && !strings.Contains(got.body, `"canceled"`) {
		k.sends(p, on(p.workspace, "/subscription/cancel"), `{"when":"now","settlement":"none"}`)
	}
}

// ahead tells how far the clock has still to go.
func (p *play) ahead(k *killing) time.Duration {
	if p.acts != nil {
		return 0
	}
	var now struct{ Now time.Time }
	p.read(k, "/v1/clock", &now)
	return max(0, p.until.Sub(now.Now))
}

// read decodes the answer to a GET.
func (p *play) read(k *killing, path string, into any) {
	if got := k.ask(p, 0, "GET", path, "", ""); got.status != http.StatusOK || json.Unmarshal([]byte(got.body), into, json.MatchCaseInsensitiveNames(true)) != nil {
		k.t.Errorf("%s: GET %s: %d %s", p.name, path, got.status, got.body)
	}
}

// sentBackOnce tells what is wrong with a payment that must have gone back once.
func sentBackOnce(charges []charged, payment paid, read func(string, any)) string {
	var refunds struct{ Data []struct{ Status string } }
	read("/v1/refunds", &refunds)
	if len(charges) != 2 || charges[0].Kind != "charge" || charges[1].Kind != "refund" || charges[1].Outcome != "succeeded" || payment.Status != "succeeded" {
		return "is not one charge and one refund"
	}
	if len(refunds.Data) != 1 || refunds.Data[0].Status != "succeeded" {
		return fmt.Sprintf("is not sent back once: %+v", refunds.Data)
	}
	return ""
}

// held receives webhooks, and holds its answers back where a test says so.
type held struct {
	*httptest.Server
	mu   sync.Mutex
	gate chan struct{} // nil while answers come at once
	here int           // requests that wait
	came map[string]int
}

func newHeld(t *testing.T) *held {
	h := &held{came: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h.mu.Lock()
		h.came[r.Header.Get("webhook-id")]++
		gate := h.gate
		h.here++
		h.mu.Unlock()
		if gate != nil {
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}
		h.mu.Lock()
		h.here--
		h.mu.Unlock()
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *held) hold(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gate != nil {
		close(h.gate)
		h.gate = nil
	}
	if on {
		h.gate = make(chan struct{})
	}
}

func (h *held) waiting() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.gate != nil && h.here > 0
}

func (p *play) checkDelivered(k *killing) {
	var endpoints struct{ Data []struct{ ID string } }
	p.read(k, "/v1/webhook-endpoints", &endpoints)
	var sent struct {
		Data []struct {
			Event, Status string
			Sequence      int
		}
	}
	p.read(k, "/v1/webhook-endpoints/"+endpoints.Data[0].ID+"/deliveries?workspace="+p.workspace, &sent)
	if len(sent.Data) != 1 || sent.Data[0].Status != "delivered" || sent.Data[0].Sequence != 1 {
		k.t.Errorf("deliver: %s: %+v", p.workspace, sent.Data)
		return
	}
	k.fetches.mu.Lock()
	defer k.fetches.mu.Unlock()
	if k.fetches.came[sent.Data[0].Event] == 0 {
		k.t.Errorf("deliver: %s never came", p.workspace)
	}
}

// judge holds what the gateway took and sent back in all against the number of workspaces.
func (k *killing) judge() {
	k.t.Helper()
	for _, p := range k.plays {
		if !p.gateway || p.made == 0 {
			continue
		}
		var totals struct {
			Captured, Refunded, Disputed []struct{ Amount string }
		}
		p.read(k, "/v1/sandbox/totals", &totals)
		each := fmt.Sprintf("[{%d.00}]", 12*p.made)
		want := map[string]string{"captured": each, "refunded": "[]", "disputed": "[]"}
		if p.name == "refund" {
			want["refunded"] = each
		}
		if p.name == "news" {
			want["disputed"] = each
		}
		if p.name == "compare" || p.name == "repair" {
			want["refunded"] = fmt.Sprintf("[{%d.00}]", 5*p.made)
		}
		if p.token == "" {
			want["captured"] = "[]"
		}
		for what, got := range map[string]any{"captured": totals.Captured, "refunded": totals.Refunded, "disputed": totals.Disputed} {
			if fmt.Sprint(got) != want[what] {
				k.t.Errorf("%s: %s %v, want %s", p.name, what, got, want[what])
			}
		}
	}
}
