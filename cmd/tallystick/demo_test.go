package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/shopspring/decimal"

	"github.com/tallystick/tallystick/handlers/api/client"

	"github.com/tallystick/tallystick/cmd/tallystick/demo"
)

// showEverything counts the stories of the demo that together show every state, and a few that can be told at once.
const showEverything, few = "13", "3"

// TestDemo fills a ledger without a server, another one beside a server, and refuses to fill one twice. What it made adds up, and
// all that it says is worth a look can be looked at.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	alone := tellDemo(t, "--data-dir", dir, "--listen", "127.0.0.1:0", "--workspaces", few)
	if alone.Workspaces != 3 || !strings.Contains(alone.LookAt[0], "serve --data-dir "+dir) {
		t.Errorf("%+v", alone)
	}
	if left := postgresOf(t, dir); left != "" {
		t.Errorf("Postgres was left running: %s", left)
	}

	s := boot(t, dir, "--webhook-allow", "127.0.0.0/8")
	beside := tellDemo(t, "--data-dir", dir, "--listen", strings.TrimPrefix(s.url, "http://"), "--workspaces", showEverything)
	key, err := os.ReadFile(filepath.Join(dir, "demo-2.key"))
	if err != nil {
		t.Fatal(err)
	}
	s.key = strings.TrimSpace(string(key))
	books := s.readDemo()
	if beside.Workspaces != 13 || beside.Invoices != len(books.invoices) || beside.Payments != len(books.payments) || beside.TookMS <= 0 {
		t.Errorf("%+v, but there are %d invoices and %d payments", beside, len(books.invoices), len(books.payments))
	}
	t.Run("every state", books.haveEveryState)
	t.Run("the books", func(t *testing.T) { books.addUp(t, s) })
	t.Run("a report of many pages", s.reportsAll)
	t.Run("what to look at", func(t *testing.T) { lookAt(t, s, beside.LookAt) })
	t.Run("a second time", func(t *testing.T) {
		_, stderr, code := invoke(t, "demo", "--url", s.url, "--key", s.key)
		if code != exitFailed || !strings.Contains(stderr, "not empty") || s.readDemo().events != books.events {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
	t.Run("a server elsewhere", func(t *testing.T) {
		_, stderr, code := invoke(t, "demo", "--data-dir", dir, "--listen", "127.0.0.1:1")
		if code != exitFailed || !strings.Contains(stderr, "--listen") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
	t.Run("into the ledger of a key", func(t *testing.T) {
		into := tellDemo(t, "--url", s.url, "--data-dir", dir, "--workspaces", few)
		lookAt(t, s, into.LookAt)
	})
	t.Run("an auditor's first day", func(t *testing.T) {
		printed := s.pasteOnDemo(t, "in one shell:\n")
		holds(t, printed, `"state":"sealing"`, "waterfallok", "verified", `subscription.created.v1`, `"path":"tallystickexportbundle"`, `"path":"/v1/audit/proofs/100"`)
		if strings.Count(printed, "\nverified\n") != 4 {
			t.Errorf("not all is verified:\n%s", printed)
		}
	})
	t.Run("a finance person's first day", func(t *testing.T) {
		printed := s.pasteOnDemo(t, "## The first day of a finance person\n")
		holds(t, printed, `"report":"trial-balance"`, `"report":"payment-reconciliation"`, `"closed_at":"`, "books/journal.parquet", "ledger/journal.journal")
		for _, report := range []string{"urn:tallystick:problem", `"data":null`, `"totals":null`} {
			if strings.Contains(printed, report) {
				t.Errorf("a step is answered by %s:\n%s", report, printed)
			}
		}
	})
}

// pasteOnDemo runs what the README says behind a sentence on the second demo, in a directory with the programs.
func (s *server) pasteOnDemo(t *testing.T, behind string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{".tallystick": s.dir, "bin/tallystick": os.Args[0]} {
		if err := os.Symlink(program, filepath.Join(home, name)); err != nil {
			t.Fatal(err)
		}
	}
	if built, err := exec.Command("go", "build", "-o", filepath.Join(home, "bin/tallystick-verify"), "../tallystick-verify").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, built)
	}
	script := strings.NewReplacer("localhost:8080", strings.TrimPrefix(s.url, "http://"), "demo.key", "demo-2.key", "--ledger demo", "--ledger demo-2").
		Replace(indented(string(readme), behind))
	command := exec.Command("bash", "-e", "-c", script)
	command.Env, command.Dir = programCommand().Env, home
	printed, err := command.CombinedOutput()
	if err != nil || script == "" {
		t.Fatalf("%v\n%s", err, printed)
	}
	return string(printed)
}

// reportsAll has the journal as rows, which are more than a page, and wants as many debits as the totals say.
func (s *server) reportsAll(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/finance/journal", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + s.key}, "Accept": {"text/csv"}}
	said, err := ask(r)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Count(said.body, "\r\n")
	postings := 0
	for _, entry := range readAll[client.Entry](s, "/v1/finance/journal") {
		postings += len(entry.Lines)
	}
	if rows <= 1001 || rows != postings+1 {
		t.Errorf("the journal has %d postings, and as CSV %d lines", postings, rows)
	}
}

// tellDemo runs the demo to its end.
func tellDemo(t *testing.T, args ...string) (told demo.Answer) {
	t.Helper()
	stdout, stderr, code := invoke(t, append([]string{"demo", "--json", "--log-level", "error"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &told); err != nil || code != exitDone || stderr != "" {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	return told
}

// lookAt opens each page, and pastes each command into a shell.
func lookAt(t *testing.T, s *server, all []string) {
	t.Helper()
	for _, what := range all {
		if strings.HasPrefix(what, "http") {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, what, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			if shown, err := ask(r); err != nil || shown.status != http.StatusOK {
				t.Errorf("%s: %d, %v", what, shown.status, err)
			}
			continue
		}
		pasted := exec.Command("bash", "-c", what)
		pasted.Env = append(programCommand().Env, "TALLYSTICK_KEY="+s.key)
		printed, err := pasted.Output()
		if err != nil || !jsontext.Value(printed).IsValid() || strings.Contains(string(printed), "urn:tallystick:problem") {
			t.Errorf("%s: %v %.300s", what, err, printed)
		}
	}
}

// demoBooks holds what a demo made.
type demoBooks struct {
	invoices      []client.Invoice
	payments      []client.Payment
	subscriptions []client.Subscription
	refunds       []client.Refund
	disputes      []client.Dispute
	events        int
}

func (s *server) readDemo() (b demoBooks) {
	s.t.Helper()
	b.invoices = readAll[client.Invoice](s, "/v1/invoices")
	b.payments = readAll[client.Payment](s, "/v1/payments")
	b.subscriptions = readAll[client.Subscription](s, "/v1/subscriptions")
	b.refunds = readAll[client.Refund](s, "/v1/refunds")
	b.disputes = readAll[client.Dispute](s, "/v1/disputes")
	b.events = len(s.events())
	return b
}

// readAll reads a list to its end.
func readAll[T any](s *server, path string) (all []T) {
	s.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Data []T         `json:"data"`
			Page client.Page `json:"page"`
		}
		if err := json.Unmarshal([]byte(s.must("GET", path+"?limit=100"+cursor, "", "", 200).body), &page); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page.Data...)
		if page.Page.Next == nil {
			return all
		}
		cursor = "&cursor=" + *page.Page.Next
	}
}

// haveEveryState expects that there is something to look at of each kind.
func (b demoBooks) haveEveryState(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range b.invoices {
		seen["invoice "+string(i.Status)], seen["invoice "+string(i.PaymentStatus)], seen["in "+i.Currency] = true, true, true
		seen["overdue"], seen["disputed"] = seen["overdue"] || i.Overdue, seen["disputed"] || i.Disputed
		seen["taxed"] = seen["taxed"] || strings.Trim(i.Tax.Amount, "0.") != ""
		seen["discounted"] = seen["discounted"] || strings.Trim(i.Discount.Amount, "0.") != ""
	}
	for _, p := range b.payments {
		seen["payment "+string(p.Status)], seen["by "+p.Gateway] = true, true
	}
	for _, s := range b.subscriptions {
		seen["subscription "+string(s.Status)] = true
	}
	for _, r := range b.refunds {
		seen["refund "+string(r.Status)] = true
	}
	for _, d := range b.disputes {
		seen["dispute "+string(d.Status)] = true
	}
	for _, what := range []string{
		"invoice open", "invoice finalized", "invoice voided", "invoice not_required", "invoice pending", "invoice processing", "invoice requires_action",
		"invoice succeeded", "invoice failed", "invoice unknown", "invoice uncollectible", "in USD", "in EUR", "overdue", "disputed", "taxed", "discounted",
		"payment processing", "payment requires_action", "payment unknown", "payment succeeded", "payment failed", "payment reversed", "by sandbox", "by manual",
		"subscription incomplete", "subscription trialing", "subscription active", "subscription past_due", "subscription restricted",
		"subscription paused", "subscription canceled", "refund pending", "refund succeeded", "refund failed", "dispute open", "dispute won", "dispute lost",
	} {
		if !seen[what] {
			t.Errorf("there is no %s among %v", what, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// sums adds up amounts by what they are of and their currency.
type sums map[string]decimal.Decimal

func (s sums) add(of string, m client.Money) {
	of += " " + m.Currency
	s[of] = s[of].Add(decimal.RequireFromString(m.Amount))
}

// addUp holds what workspaces owe, what they paid and what the gateway took against each other.
func (b demoBooks) addUp(t *testing.T, s *server) {
	got, want := sums{}, sums{}
	numbers := map[string]bool{}
	for _, i := range b.invoices {
		if i.Number != nil {
			numbers[*i.Number] = true
		}
		if i.Status == client.InvoiceStatusFinalized && !strings.HasPrefix(i.AmountOutstanding.Amount, "-") {
			want.add("receivable of "+i.Workspace, i.AmountOutstanding)
		}
	}
	for n := range len(numbers) {
		if number := fmt.Sprintf("INV-%06d", n+1); !numbers[number] {
			t.Errorf("there are %d numbers, and %s is not among them", len(numbers), number)
		}
	}
	for _, workspace := range readAll[client.Workspace](s, "/v1/workspaces") {
		var balance client.Balance
		if err := json.Unmarshal([]byte(s.must("GET", "/v1/workspaces/"+workspace.Workspace+"/balance", "", "", 200).body), &balance); err != nil {
			t.Fatal(err)
		}
		for _, of := range balance.Balances {
			got.add("receivable of "+workspace.Workspace, of.Receivable)
		}
	}
	for _, p := range b.payments {
		if p.SucceededAt != nil && p.Gateway == "sandbox" {
			want.add("captured", p.Amount)
		}
	}
	var totals client.Totals
	if err := json.Unmarshal([]byte(s.must("GET", "/v1/sandbox/totals", "", "", 200).body), &totals); err != nil {
		t.Fatal(err)
	}
	for _, amount := range totals.Captured {
		got.add("captured", amount)
	}
	for _, of := range slices.Sorted(maps.Keys(want)) {
		if !got[of].Equal(want[of]) {
			t.Errorf("%s: %v, want %v", of, got[of], want[of])
		}
	}
}
