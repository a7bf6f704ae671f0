package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
)

// adopts tells the accounts of what the release left, once. Credit pays what it stood beside, and nobody owes more or less, has
// paid more or is forgiven more than before. A release whose accounts know what is owed leaves nothing to adopt.
func (r keptRelease) adopts(s *server) {
	s.t.Helper()
	before, owed := s.eventsOfAll(), s.standing()
	if slices.Contains(r.Types, account.ReceivableOpened{}.EventType()) {
		if once := s.adopt(); once != before || sideBySide(owed) {
			s.t.Errorf("of %d events, adoption made %d; credit stood beside receivables: %v", before, once, sideBySide(owed))
		}
		return
	}
	if once, twice := s.adopt(), s.adopt(); once == before || twice != once {
		s.t.Errorf("of %d events, adoption made %d, and the second %d", before, once, twice)
	}
	s.dump("invoices", int64(len(s.events()))) // waits for all of them
	adopted := s.standing()
	if !sideBySide(owed) || sideBySide(adopted) {
		s.t.Errorf("credit stood beside receivables: %v, and does: %v", sideBySide(owed), sideBySide(adopted))
	}
	for of, was := range owed {
		if is := adopted[of]; !is.net().Equal(was.net()) || !is.paid.Equal(was.paid) || !is.writtenOff.Equal(was.writtenOff) {
			s.t.Errorf("%s stood at\n%v and stands at\n%v", of, was, is)
		}
	}
	for of, is := range adopted {
		if !is.receivable.Equal(is.outstanding) {
			s.t.Errorf("%s has to pay %v, and its invoices expect %v", of, is.receivable, is.outstanding)
		}
	}
	s.paysBack("recovers", "39.96", "39.97") // two payments
	s.paysBack("leaves", "15.35", "15.36")   // of 47.60, most of which went back as the subscription ended
	s.paysBack("rich", "", "0.01")           // what was given never becomes cash
}

// adopt adopts all ledgers and counts the events that there are then.
func (s *server) adopt() int {
	s.t.Helper()
	list, _, _ := invoke(s.t, "ledger", "list", "--json", "--database-url", s.databaseURL())
	var ledgers []ledgerView
	if err := json.Unmarshal([]byte(list), &ledgers); err != nil || len(ledgers) == 0 {
		s.t.Fatalf("%s: %v", list, err)
	}
	for _, ledger := range ledgers {
		stdout, stderr, code := invoke(s.t, "ledger", "adopt", ledger.Name, "--database-url", s.databaseURL())
		if code != exitDone || !strings.Contains(stdout, "workspaces") {
			s.t.Errorf("adopt %s: exit %d: %s%s", ledger.Name, code, stdout, stderr)
		}
	}
	return s.eventsOfAll()
}

// eventsOfAll counts the events of all ledgers, without those that the clock writes whether anybody asks or not.
func (s *server) eventsOfAll() (n int) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.databaseURL())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(s.t.Context()))
	if err := conn.QueryRow(s.t.Context(), `
		SELECT count(*)
		FROM tallystick.events
		WHERE actor <> 'deadlines' OR stream !~ '^(books|notice|billing_sync):'`).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// standing holds how a workspace stands in one currency, by its balance and by its invoices.
type standing struct {
	credit, receivable            money.Amount
	outstanding, paid, writtenOff money.Amount
}

// net computes what is owed beyond credit.
func (of standing) net() money.Amount { return of.receivable.Minus(of.credit) }

// sideBySide reports whether any workspace has credit and owes money in one currency.
func sideBySide(all map[string]standing) bool {
	for _, of := range all {
		if of.credit.Sign() > 0 && of.receivable.Sign() > 0 {
			return true
		}
	}
	return false
}

// standing reads how all workspaces stand, by their names and currencies.
func (s *server) standing() map[string]standing {
	s.t.Helper()
	all := map[string]standing{}
	var invoices struct {
		Data []struct {
			Workspace   string         `json:"workspace"`
			Status      string         `json:"status"`
			Currency    money.Currency `json:"currency"`
			Outstanding money.Amount   `json:"amount_outstanding"`
			Paid        money.Amount   `json:"amount_paid"`
			WrittenOff  money.Amount   `json:"amount_written_off"`
		} `json:"data"`
	}
	s.read("/v1/invoices?limit=100", &invoices)
	for _, invoice := range invoices.Data {
		of := invoice.Workspace + " " + string(invoice.Currency)
		sum, known := all[of]
		if !known {
			sum = s.balance(invoice.Workspace, invoice.Currency)
		}
		if invoice.Status == "finalized" {
			sum.outstanding = sum.outstanding.Plus(invoice.Outstanding)
		}
		sum.paid, sum.writtenOff = sum.paid.Plus(invoice.Paid), sum.writtenOff.Plus(invoice.WrittenOff)
		all[of] = sum
	}
	return all
}

// balance reads how a workspace stands by its balance.
func (s *server) balance(workspace string, currency money.Currency) standing {
	s.t.Helper()
	none := money.Zero(currency)
	found := standing{none, none, none, none, none}
	var stands struct {
		Balances []struct {
			Currency   money.Currency `json:"currency"`
			Credit     money.Amount   `json:"credit"`
			Receivable money.Amount   `json:"receivable"`
		} `json:"balances"`
	}
	s.read(on(workspace, "/balance"), &stands)
	for _, of := range stands.Balances {
		if of.Currency == currency {
			found.credit, found.receivable = of.Credit, of.Receivable
		}
	}
	return found
}

// paysBack gives a workspace more credit than it owes. Of that, so much can be paid out, and not what is too much.
func (s *server) paysBack(workspace, most, tooMuch string) {
	s.t.Helper()
	amount := `{"amount":{"amount":%q,"currency":"USD"},"reason":"moves away"}`
	s.must("POST", on(workspace, "/credits"), "give "+workspace, fmt.Sprintf(amount, "500.00"), http.StatusCreated)
	path := on(workspace, "/credits/refund")
	if got := s.must("POST", path, "too much for "+workspace, fmt.Sprintf(amount, tooMuch), http.StatusConflict); !strings.Contains(got.body, `"refund_exceeds_payments"`) {
		s.t.Errorf("%s of %s: %s", tooMuch, workspace, got.body)
	}
	if most != "" {
		s.must("POST", path, "pay back to "+workspace, fmt.Sprintf(amount, most), http.StatusCreated)
	}
}
