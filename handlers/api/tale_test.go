package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// tale is told over HTTP, in a sandbox whose clock begins at its first instant.
type tale struct {
	*client
	currency string
}

// tokenAt makes a sandbox whose clock begins at an instant, and a key to it.
func (b *bench) tokenAt(name, begin string) string {
	b.t.Helper()
	at, err := time.Parse(time.RFC3339, instant(begin))
	if err != nil {
		b.t.Fatal(err)
	}
	ledger, err := eventstore.CreateLedger(b.t.Context(), b.admin, name, eventstore.ModeSandbox, at)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.token(ledger, endpoint.RoleAdmin)
}

// instant completes a date to its midnight.
func instant(text string) string {
	if len(text) == len(time.DateOnly) {
		return text + "T00:00:00Z"
	}
	return text
}

// sell makes a product of its own for a price, the better the later.
func (s *tale) sell(tier int, price string, more object) {
	s.t.Helper()
	s.post("/v1/products", object{"code": "of-" + price, "name": price, "tier": tier}).is(201)
	s.alsoSell(price, price, more)
}

// alsoSell adds another price to a price's product.
func (s *tale) alsoSell(product, price string, more object) {
	s.t.Helper()
	body := object{"code": price, "currency": s.currency, "interval": "month"}
	for name, value := range more {
		body[name] = value
	}
	s.post("/v1/products/of-"+product+"/prices", body).is(201)
}

// buy makes the subscription, and at lets the clock go to an instant.
func (s *tale) buy(price string, seats int, more object) *answered {
	s.t.Helper()
	body := object{"price": price, "seats": seats, "collection": "send_invoice"}
	for name, value := range more {
		body[name] = value
	}
	return s.post("/v1/workspaces/w/subscription", body).is(201)
}

func (s *tale) at(to string) { s.t.Helper(); s.advance(to) }

// change posts to the subscription.
func (s *tale) change(what string, body object) *answered {
	s.t.Helper()
	return s.post("/v1/workspaces/w/subscription/"+what, body).is(200)
}

// lines expects an answer's invoice to have these amounts, and what the invoice is.
func (s *tale) lines(a *answered, want string) *answered {
	s.t.Helper()
	invoice := s.get("/v1/invoices/"+a.text("invoice"), a.position()).is(200)
	s.amounts(invoice, "", want)
	return invoice
}

// notes expects an answer's credit notes to have lines of these amounts, and gives the last of them.
func (s *tale) notes(a *answered, want string) (last *answered) {
	s.t.Helper()
	var got []string
	for i := range a.at("credit_notes").([]any) {
		last = s.get("/v1/credit-notes/"+a.text(fmt.Sprint("credit_notes.", i)), a.position()).is(200)
		for n := range last.at("lines").([]any) {
			got = append(got, last.text(fmt.Sprintf("lines.%d.amount.amount", n)))
		}
	}
	if strings.Join(got, " ") != want {
		s.t.Errorf("credit notes over %v, want %s", got, want)
	}
	return last
}

func (s *tale) amounts(invoice *answered, under, want string) {
	s.t.Helper()
	var got []string
	for i := range invoice.at(under + "lines").([]any) {
		got = append(got, invoice.text(fmt.Sprintf("%slines.%d.amount.amount", under, i)))
	}
	if strings.Join(got, " ") != want {
		s.t.Errorf("lines %v, want %s", got, want)
	}
}

// latest is the workspace's last invoice.
func (s *tale) latest() *answered {
	s.t.Helper()
	all := s.get("/v1/invoices?workspace=w&limit=100").is(200)
	n := len(all.at("data").([]any))
	return s.get("/v1/invoices/" + all.text(fmt.Sprintf("data.%d.id", n-1))).is(200)
}

// story tells what happens in a sandbox of its own, whose clock begins at an instant.
type story struct {
	name, begin, currency string
	tell                  func(s *tale)
}

// tellAll tells stories side by side. What they expect was computed by hand, with exact ratios.
func tellAll(t *testing.T, stories []story) {
	t.Helper()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for _, story := range stories {
		token := b.tokenAt(story.name, story.begin)
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			c := &client{t: t, base: p.url, token: token}
			c.waitForMoney()
			story.tell(&tale{client: c, currency: story.currency})
		})
	}
}

// shown is the position of all that happened so far.
func (s *tale) shown() with {
	s.t.Helper()
	return s.advance(s.get("/v1/clock").is(200).text("now")).position()
}

// now expects values of the subscription, and credit how much of it the workspace has.
func (s *tale) now(want object) {
	s.t.Helper()
	s.get("/v1/workspaces/w/subscription", s.shown()).says(want)
}

func (s *tale) credit(want string) {
	s.t.Helper()
	s.get("/v1/workspaces/w/balance", s.shown()).says(object{"credit.amount": want})
}

func (s *tale) money(amount string) object { return object{"amount": amount, "currency": s.currency} }

func (s *tale) pay(invoice, amount string) *answered {
	s.t.Helper()
	return s.post("/v1/invoices/"+invoice+"/record-payment", object{"amount": s.money(amount), "reference": "wire"}).is(200)
}

// note asks for a credit note.
func (s *tale) note(invoice, amount string, refund bool) *answered {
	s.t.Helper()
	return s.post("/v1/invoices/"+invoice+"/credit-notes", object{"amount": s.money(amount), "reason": "sorry", "refund": refund})
}

// wait buys what waits for money.
func (s *tale) wait(price string) *answered {
	s.t.Helper()
	return s.post("/v1/workspaces/w/subscription", object{"price": price, "seats": 1, "collection": "automatic"}).is(202)
}

// unit is a price's fields, and ends a cancellation's.
func unit(amount string) object { return object{"unit_amount": amount} }

func ends(settlement string) object { return object{"when": "now", "settlement": settlement} }
