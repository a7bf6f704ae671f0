package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// brim is the largest amount there is, in dollars.
const brim = "999999999999999999.99"

// stageBrim sells at the largest price, and fills balances to it.
func (c *client) stageBrim() {
	c.t.Helper()
	for code, tier := range map[string]int{"brim": 90, "low": 0} {
		c.post("/v1/products", object{"code": code, "name": code, "tier": tier}).is(201)
		c.post("/v1/products/"+code+"/prices", object{"code": code + "-month", "currency": "USD", "interval": "month", "unit_amount": brim, "trial_days": 14}).is(201)
	}
	bought := c.buy("brim", "brim-month", 1)
	c.post("/v1/invoices/"+c.invoiceOf("brim", bought.position())+"/record-payment", object{"amount": dollars(brim), "reference": "wire"}).is(200)
	c.buy("brim-two", "pro-month", 2)
	c.post("/v1/workspaces/brim-void/credits", object{"amount": dollars("1.00"), "reason": "first"}).is(201)
	c.buy("brim-void", "pro-month", 1)
	for _, workspace := range []string{"brim", "brim-two", "brim-void"} {
		c.post("/v1/workspaces/"+workspace+"/credits", object{"amount": dollars(brim), "reason": "all there is"}).is(201)
	}
	tried := c.tryOut("brim-tries", "brim-month", 1)
	c.invoiceOf("brim-void", tried.position()) // what the cases look up is there
}

func (c *client) invoiceOf(workspace string, more ...with) string {
	c.t.Helper()
	return c.get("/v1/workspaces/"+workspace+"/invoices", more...).is(200).text("data.0.id")
}

// brimRefusals lead beyond the largest amount, each by another way.
var brimRefusals = func() (cases []refusalCase) {
	const code = "amount_out_of_range"
	for _, way := range []struct {
		route, path string
		body        object
	}{
		{"create-subscription", of("brim-new"), object{"price": "brim-month", "seats": 2, "collection": "send_invoice"}},
		{"start-trial", "/v1/workspaces/brim-new/trial", object{"price": "brim-month", "seats": 2}},
		{"convert-trial", "/v1/workspaces/brim-tries/trial/convert", object{"seats": 2, "collection": "send_invoice"}},
		{"upgrade-subscription", of("brim-two") + "/upgrade", object{"price": "brim-month"}},
		{"downgrade-subscription", of("brim-two") + "/downgrade", object{"price": "low-month"}},
		{"change-seats", of("brim") + "/seats", object{"seats": 2}},
		{"preview-change", of("brim") + "/proration-preview", object{"seats": 2}},
		{"cancel-subscription", of("brim") + "/cancel", object{"when": "now", "settlement": "credit"}},
		{"pause-subscription", of("brim") + "/pause", nil},
		{"grant-credit", "/v1/workspaces/brim/credits", object{"amount": dollars("0.01"), "reason": "a cent"}},
	} {
		cases = append(cases, ask(way.route, code, http.MethodPost, way.path, way.body, nil))
	}
	cases = append(cases, ask("set-tax", code, http.MethodPut, "/v1/workspaces/brim/tax", object{"status": "standard", "rate": "0.01"}, nil))
	for _, way := range []struct {
		route, workspace, action string
		body                     object
	}{
		{"record-payment", "brim-two", "record-payment", object{"amount": dollars("25.00"), "reference": "wire"}},
		{"issue-credit-note", "brim", "credit-notes", object{"amount": dollars("1.00"), "reason": "sorry"}},
		{"void-invoice", "brim-void", "void", object{"reason": "wrong"}},
	} {
		cases = append(cases, refusalCase{way.route, code, func(c *client) *answered {
			return c.post("/v1/invoices/"+c.invoiceOf(way.workspace)+"/"+way.action, way.body)
		}})
	}
	return cases
}()

// TestBrim does what once was done and could not be read again: everything goes on behind it.
func TestBrim(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	c.stageBrim()
	c.post("/v1/products/brim/prices", object{"code": "million", "currency": "USD", "interval": "month", "unit_amount": "1000000000000.00"}).is(201)
	refused := []refusalCase{ask("create-subscription", "amount_out_of_range", http.MethodPost, of("brim-new"),
		object{"price": "million", "seats": 1_000_000, "collection": "send_invoice"}, nil)}
	for _, way := range append(refused, brimRefusals...) {
		c.run(t, way.route, func(t *testing.T) {
			a := way.ask(c).refused(422, way.code)
			if a.text("errors.0.pointer") == "" {
				t.Errorf("no sum is named: %s", a.body)
			}
		})
	}
	c.run(t, "what is in range goes on", func(*testing.T) {
		c.buy("brim-new", "million", 999_999)
		c.post("/v1/workspaces/brim/credits/none", nil).is(404)
		c.get("/v1/events").is(200)
		c.get("/v1/workspaces/brim/balance").is(200)
		c.post("/v1/workspaces/brim-two/seats", aSeat).is(201)
	})
}

// TestLongRefusals lists a hundred of the members that are bad, and how many more there are.
func TestLongRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	members := make([]object, 10_000)
	for i := range members {
		members[i] = object{"member": "", "role": ""}
	}
	a := c.put("/v1/workspaces/acme/seats", object{"members": members})
	errors, _ := a.is(422).at("errors").([]any)
	if len(errors) != 100 || a.number("errors_omitted") < 9_900 || len(a.body) > 100_000 {
		t.Errorf("%d errors and %d more in %d bytes", len(errors), a.number("errors_omitted"), len(a.body))
	}
}

// TestTextsInCharacters takes texts as long as they are documented, whatever bytes they need.
func TestTextsInCharacters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	credit := func(reason string) *answered {
		return c.post("/v1/workspaces/acme/credits", object{"amount": dollars("1.00"), "reason": reason})
	}
	credit(strings.Repeat("ü", 500)).is(201)
	credit(strings.Repeat("ü", 501)).refused(422, "reason_invalid")
	details := func(name string) *answered {
		return c.put("/v1/workspaces/acme/billing-details", object{"name": name})
	}
	details(strings.Repeat("界", 200)).is(200)
	details(strings.Repeat("界", 201)).refused(422, "display_name_invalid")
}

// TestDeadlinesAtTheBrim: what happens by itself is refused to nobody, so it ends although a balance passes what a client may let it
// grow to, and no cent of it is lost.
func TestDeadlinesAtTheBrim(t *testing.T) {
	t.Parallel()
	const half = "600000000000000000.00"
	sold := selling("2031-06-01T00:00:00Z", "USD", half, "")
	gives := func(amount string) string {
		return `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "` + amount + `", "currency": "USD"}, "reason": "x"}]`
	}
	spends := `, ["POST", "/v1/products/b/prices", {"code": "b", "currency": "USD", "interval": "month", "unit_amount": "1.00"}],
		["POST", "/v1/workspaces/w/subscription", {"price": "b", "seats": 1, "collection": "automatic"}, 201]`
	refuses := `, ["POST", "/v1/workspaces/w/credits", {"amount": {"amount": "0.01", "currency": "USD"}, "reason": "x"}, 422], ["GET", "/v1/clock"]`
	scheduled := sold + buys(1, "send_invoice") + pays("{invoice}", half) + gives("900000000000000000.00") +
		`, ["POST", "/v1/workspaces/w/subscription/cancel", {"when": "2031-06-16T00:00:00Z", "settlement": "SETTLEMENT"}]` + advances("2031-06-16T00:00:00Z")
	ended := asked{"/v1/workspaces/w/subscription", object{"status": "canceled"}}
	idle := asked{"/v1/jobs", object{"data": []any{}}}
	tellAndAsk(t, []told{
		{"a scheduled end", strings.Replace(scheduled, "SETTLEMENT", "credit", 1) + refuses, []asked{
			ended, idle, balance("1200000000000000000.00", "0.00"), {"/v1/credit-notes", object{"data.0.credit.amount": "300000000000000000.00"}},
		}},
		{"of which money goes back", strings.Replace(scheduled, "SETTLEMENT", "refund", 1), []asked{
			ended, idle, balance("900000000000000000.00", "0.00"), {"/v1/refunds", object{"data.0.amount.amount": "300000000000000000.00"}},
		}},
		{"is spent again", strings.Replace(scheduled, "SETTLEMENT", "credit", 1) + spends +
			`, ["POST", "/v1/workspaces/w/credits/refund", {"amount": {"amount": "600000000000000000.00", "currency": "USD"}, "reason": "x"}]` + gives("0.01"), []asked{
			balance("599999999999999999.01", "0.00"),
		}},
		{"a first payment that never comes", sold + gives("500000000000000000.00") +
			buys(1, "automatic") + gives("900000000000000000.00") + advances("2031-06-02T00:00:00Z") + refuses, []asked{
			{"/v1/workspaces/w/subscription", object{"status": "incomplete_expired"}}, idle, balance("1400000000000000000.00", "0.00"),
		}},
	})
}
