package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// sellToAcme lets the workspace acme buy, pay in part, and get something back, and gives the number of its invoice.
func (s *server) sellToAcme() string {
	s.t.Helper()
	s.must("PUT", "/v1/seller", "seller", `{"legal_name":"Northwind Ltd","address":"1 High Street\nLeeds","country":"GB","tax_id":"GB123456789"}`, 200)
	s.must("POST", "/v1/products", "product", `{"code":"team","name":"Team","tier":10}`, 201)
	s.must("POST", "/v1/products/team/prices", "price", `{"code":"team-month","currency":"USD","interval":"month","unit_amount":"12.00"}`, 201)
	s.must("PUT", "/v1/workspaces/acme/billing-details", "details", `{"name":"Acme Inc","email":"pay@acme.example","country":"US"}`, 200)
	s.must("POST", "/v1/workspaces/acme/subscription", "subscription", `{"price":"team-month","seats":3,"collection":"send_invoice"}`, 201)
	s.must("POST", "/v1/workspaces/acme/seats", "seat", `{"member":"ada","role":"admin"}`, 201)
	s.must("POST", "/v1/workspaces/acme/subscription/seats", "fewer", `{"seats":2}`, 200)
	invoice := s.onlyInvoice()
	s.must("POST", "/v1/invoices/"+invoice.ID+"/record-payment", "payment", `{"amount":{"amount":"10.00","currency":"USD"},"reference":"wire 4711"}`, 200)
	s.must("POST", "/v1/invoices/"+invoice.ID+"/credit-notes", "credit", `{"amount":{"amount":"6.00","currency":"USD"},"reason":"an outage"}`, 201)
	return invoice.Number
}

type numberedInvoice struct{ ID, Number string }

func (s *server) onlyInvoice() numberedInvoice {
	s.t.Helper()
	var list struct{ Data []numberedInvoice }
	s.until("the invoice is shown", func() bool {
		body := s.must("GET", "/v1/workspaces/acme/invoices", "", "", 200).body
		return json.Unmarshal([]byte(body), &list, json.MatchCaseInsensitiveNames(true)) == nil && len(list.Data) == 1
	})
	return list.Data[0]
}

// onTerminal runs the program on a terminal of its own and gives what appears there.
func onTerminal(t *testing.T, args ...string) (string, int) {
	t.Helper()
	command := programCommand(args...)
	command.SysProcAttr = nil // the terminal's session needs its own, and the program ends by itself
	terminal, err := pty.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	var shown bytes.Buffer
	_, _ = io.Copy(&shown, terminal) // it fails at the end, when the other side is closed
	_ = command.Wait()
	return strings.ReplaceAll(shown.String(), "\r\n", "\n"), command.ProcessState.ExitCode()
}

// fixed puts letters in the place of what differs from run to run.
func fixed(text string) string {
	for _, differs := range []struct{ pattern, by string }{
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "ID"},
		{`20\d\d-\d\d-\d\dT[0-9:.]+Z`, "TIME"}, {`\d+ [A-Z][a-z]+ 20\d\d, \d\d:\d\d UTC`, "TIME"}, {` +`, " "},
		{`actions .*cancel.*`, "actions ACTIONS"}, // they grow with what the API can do
	} {
		text = regexp.MustCompile(differs.pattern).ReplaceAllString(text, differs.by)
	}
	return text
}

// TestShowChangesNothing looks into databases that another command would migrate or prepare.
func TestShowChangesNothing(t *testing.T) {
	t.Parallel()
	url := servedDatabase(t)
	conn := connectTo(t, url)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(plantLedger)
	state := func() (state string) {
		t.Helper()
		err := conn.QueryRow(t.Context(), `
			SELECT (SELECT string_agg(version_id::text, ' ' ORDER BY id) FROM tallystick.goose_db_version)
			       || (SELECT string_agg(v::text, ' ' ORDER BY v.projection, v.version) FROM tallystick.projection_versions v)`).Scan(&state)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	for _, c := range []struct{ name, plant, says string }{
		{"an unknown revision", `UPDATE tallystick.projection_versions SET revision = 99 WHERE projection = 'seats'`, "seats"},
		{"a pending migration", `DELETE FROM tallystick.goose_db_version WHERE version_id = 13`, "tallystick migrate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			exec(c.plant)
			before := state()
			stdout, stderr, code := invoke(t, "show", "workspace", "acme", "--ledger", "acme", "--database-url", url)
			if code != exitFailed || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			if after := state(); after != before {
				t.Errorf("the database was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	number := s.sellToAcme()
	look := func(args ...string) []string { return append(append([]string{"show"}, args...), "--data-dir", s.dir) }

	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"workspace", []string{"workspace", "acme"}, shownWorkspaceText},
		{"subscription", []string{"subscription", "acme"}, shownSubscriptionText},
		{"invoice", []string{"invoice", number}, shownInvoiceText},
		{"stream", []string{"stream", "seating:acme"}, shownStreamText},
	} {
		t.Run(c.name+" on a terminal", func(t *testing.T) {
			t.Parallel()
			shown, code := onTerminal(t, look(c.args...)...)
			if diff := cmp.Diff(strings.TrimSpace(c.want), strings.TrimSpace(fixed(shown))); diff != "" || code != exitDone {
				t.Errorf("exit %d:\n%s\n-want +got:\n%s", code, fixed(shown), diff)
			}
		})
	}
	for _, c := range []struct {
		name string
		args []string
		same string // the path at which the API says the same
		at   string // the member of what is shown that it is; "" for the whole
	}{
		{"plan", []string{"workspace", "acme"}, "/v1/workspaces/acme/current-plan", "plan"},
		{"balance", []string{"workspace", "acme"}, "/v1/workspaces/acme/balance", "balance"},
		{"seats", []string{"workspace", "acme"}, "/v1/workspaces/acme/seats", "seats"},
		{"subscription", []string{"subscription", "acme"}, "/v1/workspaces/acme/subscription", ""},
		{"invoice by number", []string{"invoice", number}, "/v1/invoices/by-number/" + number, "invoice"},
		{"invoice by id", []string{"invoice", s.onlyInvoice().ID}, "/v1/invoices/by-number/" + number, "invoice"},
	} {
		t.Run(c.name+" on a pipe", func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := invoke(t, look(c.args...)...)
			if code != exitDone || stderr != "" {
				t.Fatalf("exit %d: %s%s", code, stdout, stderr)
			}
			shown, said := object(t, stdout), object(t, s.must("GET", c.same, "", "", 200).body)
			if c.at != "" {
				shown = shown[c.at].(map[string]any)
			}
			if diff := cmp.Diff(said, shown); diff != "" {
				t.Errorf("the API says something else, -API +shown:\n%s", diff)
			}
		})
	}
	t.Run("a part of a stream", func(t *testing.T) {
		t.Parallel()
		stdout, stderr, code := invoke(t, look("stream", "subscription:acme", "--after", "1", "--limit", "1")...)
		shown := object(t, stdout)
		events, _ := shown["events"].([]any)
		if code != exitDone || stderr != "" || len(events) != 1 || events[0].(map[string]any)["version"] != 2.0 || events[0].(map[string]any)["text"] == "" {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	})
	t.Run("JSON on a terminal", func(t *testing.T) {
		t.Parallel()
		shown, code := onTerminal(t, look("invoice", number, "--json")...)
		found := object(t, shown)
		if code != exitDone || len(found["payments"].([]any)) != 1 || len(found["credit_notes"].([]any)) != 1 ||
			found["customer"].(map[string]any)["name"] != "Acme Inc" || found["seller"].(map[string]any)["name"] != "Northwind Ltd" {
			t.Errorf("exit %d: %s", code, shown)
		}
	})
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"workspace nobody":                   {exitFailed, "ledger default has no workspace nobody"},
		"subscription nobody":                {exitFailed, "ledger default has no subscription of a workspace nobody"},
		"invoice INV-999999":                 {exitFailed, "ledger default has no invoice with the number or id INV-999999"},
		"stream seating:nobody":              {exitFailed, "ledger default has no stream seating:nobody"},
		"stream seating:acme --after 999":    {exitFailed, "has no event behind version 999"},
		"workspace acme --ledger other":      {exitFailed, "there is no ledger other; see tallystick ledger list"},
		"workspace a/b":                      {exitUsage, "is no name: a name is 1 to 64 of"},
		"stream acme":                        {exitUsage, "is no stream: a stream is type:part"},
		"stream seating:acme --limit 0":      {exitUsage, "--limit"},
		"workspace":                          {exitUsage, "expected \"<name>\""},
		"licence acme":                       {exitUsage, "unexpected argument licence"},
		"workspace acme --data-dir /nowhere": {exitFailed, "there is no Tallystick data in /nowhere"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := look(strings.Fields(line)...)
			if strings.Contains(line, "--data-dir") {
				args = args[:len(args)-2]
			}
			stdout, stderr, code := invoke(t, args...)
			if code != want.code || stdout != "" || !strings.Contains(stderr, want.says) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

// object reads one JSON object, with nothing behind it.
func object(t *testing.T, text string) (found map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return found
}

const (
	shownWorkspaceText = `
workspace acme
plan team, active, access full
subscription ID
status active
line 3 × team-month of team, USD
collection send_invoice, due in 30 days
period TIME to TIME
time zone UTC
waits 2 × team-month from TIME
seats 3 purchased, 1 allocated, 0 reserved, 2 available

BALANCE
CURRENCY CREDIT RECEIVABLE OVERDUE
USD 0.00 20.00 0.00

UNPAID INVOICES
NUMBER ID STATUS ISSUED DUE OUTSTANDING
INV-000001 ID finalized TIME TIME 20.00 USD

LAST EVENTS
POSITION AT WHAT
17 TIME Credit note CN-000001 for 6.00 USD was issued (an outage)
14 TIME A payment of 10.00 USD was recorded (wire 4711)
13 TIME From TIME there will be 2 seats of the price team-month
12 TIME ada got a seat as admin
9 TIME Invoice INV-000001 was issued, with 36.00 USD to be paid by TIME
5 TIME The price team-month was bought with 3 seats
4 TIME Personal details were set
`
	shownSubscriptionText = `
workspace acme
subscription ID
status active
line 3 × team-month of team, USD
collection send_invoice, due in 30 days
period TIME to TIME
time zone UTC
waits 2 × team-month from TIME
actions ACTIONS
`
	shownInvoiceText = `
invoice ID
number INV-000001
seller Northwind Ltd, 1 High Street, Leeds, GB, GB123456789
customer Acme Inc, US, pay@acme.example
workspace acme
status finalized, pending
issued TIME
due TIME

LINES
QUANTITY WHAT FROM TO DISCOUNT TAX AMOUNT
3 3 seats of team-month TIME TIME 0.00 0.00 36.00 USD

subtotal 36.00 USD
total 36.00 USD
paid 10.00 USD
credited 6.00 USD
outstanding 20.00 USD

PAYMENTS
PAID REFERENCE AMOUNT
TIME wire 4711 10.00 USD

CREDIT NOTES
NUMBER ISSUED REASON TOTAL REDUCED CREDIT REFUND
CN-000001 TIME an outage 6.00 USD 6.00 0.00 0.00
`
	shownStreamText = `
POSITION VERSION AT TYPE WHAT
10 1 TIME seating.limits_changed.v1 The workspace has 3 seats by its subscription
12 2 TIME seating.allocated.v1 ada got a seat as admin
`
)
