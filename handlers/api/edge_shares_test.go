package api

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// june begins a script: two seats at 60.00 from June 1st, one for ann, and one for bob from the 11th; a third from the 16th.
const june = `[
	["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
	["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
	["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "60.00"}],
	["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 2, "collection": "send_invoice"}],
	["POST", "/v1/workspaces/w/seats", {"member": "ann", "role": "member"}],
	["POST", "/v1/clock/advance", {"to": "2031-06-11T00:00:00Z"}],
	["POST", "/v1/workspaces/w/seats", {"member": "bob", "role": "member"}],
	["POST", "/v1/clock/advance", {"to": "2031-06-16T00:00:00Z"}],
	["POST", "/v1/workspaces/w/subscription/seats", {"seats": 3}]`

// TestSharesOfDays shares each day of a line over the seats of that day.
func TestSharesOfDays(t *testing.T) {
	t.Parallel()
	over := june + `, ["POST", "/v1/clock/advance", {"to": "2031-07-02T00:00:00Z"}]`
	usd := func(amount string) object { return object{"amount": amount, "currency": "USD"} }
	share := func(member string, days int, amount string) object {
		return object{"member": member, "seat_days": float64(days), "amount": usd(amount)}
	}
	tellEdges(t, []edge{
		{"the first line", over + `, ["GET", "/v1/workspaces/w/member-payments?invoice={first}"]]`, object{
			"shares": []any{share("ann", 30, "50.00"), share("bob", 20, "30.00")}, "credit_note": nil, "final": true,
			"unassigned": object{"seat_days": 25.0, "amount": usd("40.00")}}},
		{"the line of the third seat", over + `, ["GET", "/v1/workspaces/w/member-payments?invoice={invoice}"]]`, object{
			"shares":     []any{share("ann", 15, "10.00"), share("bob", 15, "10.00")},
			"unassigned": object{"seat_days": 15.0, "amount": usd("10.00")}}},
		{"of no document", june + `, ["GET", "/v1/workspaces/w/member-payments", null, 400]]`, object{"code": "parameter_invalid"}},
		{"of two", june + `, ["GET", "/v1/workspaces/w/member-payments?invoice={first}&credit_note=x", null, 400]]`, object{"code": "parameter_invalid"}},
		{"of no such credit note", june + `, ["GET", "/v1/workspaces/w/member-payments?credit_note={first}", null, 404]]`,
			object{"code": "credit_note_not_found"}},
	})
}

// TestReversedSharesAreNothing adds up the shares of all invoices and credit notes of a workspace.
func TestReversedSharesAreNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for name, c := range map[string]struct {
		script string
		want   map[string]string
	}{
		"three seats, two more and an end at the same instant": {`[
			["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
			["POST", "/v1/products", {"code": "a", "name": "a", "tier": 1}],
			["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "unit_amount": "100.00"}],
			["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 3, "collection": "send_invoice"}],
			["POST", "/v1/workspaces/w/seats", {"member": "ann", "role": "member"}],
			["POST", "/v1/workspaces/w/seats", {"member": "bob", "role": "member"}],
			["POST", "/v1/workspaces/w/subscription/seats", {"seats": 5}],
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "credit"}]]`,
			map[string]string{"ann": "0", "bob": "0", "": "0"}},
		"an end on the 21st": {june + `,
			["POST", "/v1/clock/advance", {"to": "2031-06-21T00:00:00Z"}],
			["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "credit"}]]`,
			// 2.00 a seat and day: ann 20 days, bob 10, and nobody 10 and 5; the last cent of the second line is ann's.
			map[string]string{"ann": "4001/100", "bob": "20", "": "2999/100"}},
		"credit notes of all, by hand": {june + `,
			["POST", "/v1/invoices/{invoice}/credit-notes", {"amount": {"amount": "30.00", "currency": "USD"}, "reason": "x"}],
			["POST", "/v1/invoices/{first}/credit-notes", {"amount": {"amount": "120.00", "currency": "USD"}, "reason": "x"}]]`,
			map[string]string{"ann": "0", "bob": "0", "": "0"}},
	} {
		token := b.tokenAt(name, "2031-01-01")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &client{t: t, base: p.url, token: token}
			seen := script(t, w, c.script).position()
			sums := map[string]*big.Rat{}
			add := func(member, amount string) {
				part, ok := new(big.Rat).SetString(amount)
				if !ok {
					t.Fatalf("%q is no amount", amount)
				}
				if sums[member] == nil {
					sums[member] = new(big.Rat)
				}
				sums[member].Add(sums[member], part)
			}
			for list, parameter := range map[string]string{"/v1/workspaces/w/invoices": "invoice", "/v1/credit-notes?workspace=w": "credit_note"} {
				for _, listed := range w.get(list, seen).is(200).at("data").([]any) {
					shown := w.get(fmt.Sprintf("/v1/workspaces/w/member-payments?%s=%s", parameter, listed.(object)["id"]), seen).is(200)
					for i := range shown.at("shares").([]any) {
						add(shown.text(fmt.Sprintf("shares.%d.member", i)), shown.text(fmt.Sprintf("shares.%d.amount.amount", i)))
					}
					add("", shown.text("unassigned.amount.amount"))
				}
			}
			for member, want := range c.want {
				if sums[member] == nil || sums[member].RatString() != want {
					t.Errorf("%q pays %v, want %s", member, sums[member], want)
				}
			}
		})
	}
}
