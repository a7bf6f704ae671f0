package api

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

// TestLinesThatMadeThePlanCheaper takes back lines of two invoices by one credit note. The second invoice has the line by which
// the third seat made the plan cheaper. In the answer, on paper and by member the lines add up to the note's total.
func TestLinesThatMadeThePlanCheaper(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behavior, tax, total string
		printed              []string
	}{
		"exclusive tax": {"exclusive", "1.00", "6.00", []string{"Tax 20\u00a0% on 5.00"}},
		"inclusive tax": {"inclusive", "0.83", "5.00", []string{"Tax 20\u00a0% on 4.17", "5.56 without tax", "−1.39 without tax"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, w := sandbox(t)
			ended := script(t, w, `[
				["POST", "/v1/clock/advance", {"to": "2031-06-01T00:00:00Z"}],
				["POST", "/v1/products", {"code": "a", "name": "Team", "tier": 1}],
				["POST", "/v1/products/a/prices", {"code": "a", "currency": "USD", "interval": "month", "scheme": "volume",
					"tiers": [{"up_to": 2, "unit_amount": "10.00"}, {"up_to": null, "unit_amount": "5.00"}], "tax_rate": "0.2", "tax_behavior": "`+c.behavior+`"}],
				["POST", "/v1/workspaces/w/subscription", {"price": "a", "seats": 2, "collection": "send_invoice"}],
				["POST", "/v1/workspaces/w/seats", {"member": "ann", "role": "member"}],
				["POST", "/v1/workspaces/w/seats", {"member": "bob", "role": "member"}],
				["POST", "/v1/clock/advance", {"to": "2031-06-16T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/seats", {"seats": 3}],
				["POST", "/v1/clock/advance", {"to": "2031-06-21T00:00:00Z"}],
				["POST", "/v1/workspaces/w/subscription/cancel", {"when": "now", "settlement": "credit"}]]`)
			if notes := ended.at("credit_notes").([]any); len(notes) != 1 {
				t.Fatalf("credit notes %v", notes)
			}
			id, seen := ended.text("credit_notes.0"), ended.position()
			invoices := map[string]string{}
			for _, listed := range w.get("/v1/workspaces/w/invoices", seen).is(200).at("data").([]any) {
				invoices[listed.(object)["number"].(string)] = listed.(object)["id"].(string)
			}
			note := w.get("/v1/credit-notes/"+id, seen).is(200).says(object{
				"total.amount": c.total, "tax.amount": c.tax, "invoice": invoices["INV-000001"],
				"lines.0.amount.amount": "6.67", "lines.0.invoice": invoices["INV-000001"],
				"lines.1.amount.amount": "-1.67", "lines.1.invoice": invoices["INV-000002"],
			})
			net := sumOf(t, note.text("total.amount"), "-"+note.text("tax.amount"))

			shown := w.get("/v1/workspaces/w/member-payments?credit_note="+id, seen).is(200)
			back := []string{shown.text("unassigned.amount.amount"), shown.text("shares.0.amount.amount"), shown.text("shares.1.amount.amount")}
			if shared := sumOf(t, back...); new(big.Rat).Neg(shared).Cmp(net) != 0 {
				t.Errorf("members have %v of %v", back, net)
			}

			_, page, _ := strings.Cut(string(w.get("/v1/credit-notes/"+id+"/print", seen).is(200).body), "</style>")
			for _, text := range append(c.printed, "21 – 30 Jun 2031, 10 of 30 days of 20.00", "21 – 30 Jun 2031, 10 of 15 days of −2.50, billed on INV-000002") {
				if !strings.Contains(page, text) {
					t.Errorf("the page has no %s:\n%s", text, page)
				}
			}
			var printed []string
			for _, row := range regexp.MustCompile(`(?s)Unused time of .*?>(−?[0-9.]+)</td>\s*</tr>`).FindAllStringSubmatch(page, -1) {
				printed = append(printed, strings.ReplaceAll(row[1], "−", "-"))
			}
			if lines := sumOf(t, note.text("lines.0.amount.amount"), note.text("lines.1.amount.amount")); len(printed) != 2 || sumOf(t, printed...).Cmp(lines) != 0 {
				t.Errorf("the page has lines of %v, and should have %v:\n%s", printed, lines, page)
			}
		})
	}
}

func sumOf(t *testing.T, amounts ...string) *big.Rat {
	t.Helper()
	sum := new(big.Rat)
	for _, amount := range amounts {
		part, ok := new(big.Rat).SetString(amount)
		if !ok {
			t.Fatalf("%q is no amount", amount)
		}
		sum.Add(sum, part)
	}
	return sum
}
