package export

import (
	"fmt"
	"strings"
)

// hledger writes a journal of hledger. At its end the balance of each account is asserted for each day that changed it.
type hledger struct{ *entries }

func newHledger(t Table) (*hledger, error) {
	e, err := newEntries(t)
	return &hledger{e}, err
}

func (*hledger) begin(out []byte) []byte { return out }

func (h *hledger) memory() any { return h.entries }

func (h *hledger) row(out []byte, row []Cell) ([]byte, error) {
	root, err := h.root(row)
	if err != nil {
		return nil, err
	}
	account := root[0] + ":" + row[h.code].Text + " " + plain(row[h.name].Text, ";:")
	l, err := h.read(row, account)
	if err != nil {
		return nil, err
	}
	currency := row[h.currency].Text
	if l.first {
		out = h.commodity(out, currency, l.exponent)
		out = fmt.Appendf(out, "\n%s * (%s) %s | %s\n    ; position:%s, event:%s", row[h.date].Text, row[h.entry].Text,
			row[h.kind].Text, plain(row[h.memo].Text, ";|"), row[h.position].Text, row[h.event].Text)
		out = tagged(out, "workspace", row[h.workspace])
		out = append(tagged(out, "invoice", row[h.invoice]), '\n')
	}
	out = fmt.Appendf(out, "    %s  %s %s", account, currency, l.amount)
	if row[h.product].Text != "" {
		out = fmt.Appendf(out, "  ; product:%s", plain(row[h.product].Text, ";,"))
	}
	return append(out, '\n'), nil
}

// tagged adds a tag to a comment, unless it is empty.
func tagged(out []byte, name string, cell Cell) []byte {
	if cell.Text == "" {
		return out
	}
	return fmt.Appendf(out, ", %s:%s", name, plain(cell.Text, ";,"))
}

// commodity declares a currency before its first entry. With fewer digits than are written hledger would round an imbalance away.
func (h *hledger) commodity(out []byte, currency string, exponent int) []byte {
	if !h.declare(currency) {
		return out
	}
	return fmt.Appendf(out, "\ncommodity %s 1000.%s\n", currency, strings.Repeat("0", exponent+3))
}

func (h *hledger) end(out []byte) []byte {
	balances := h.balances()
	for _, b := range balances { // a directive would end the entry in which a currency or an account comes up
		out = h.commodity(out, b.Currency, b.Exponent)
	}
	for _, account := range accountsOf(balances) {
		out = fmt.Appendf(out, "\naccount %s\n", account)
	}
	date := ""
	for _, b := range balances {
		if b.Date != date {
			date = b.Date
			out = fmt.Appendf(out, "\n%s * balances by the end of the day\n", date)
		}
		out = fmt.Appendf(out, "    %s  %s 0 = %s %s\n", b.Account, b.Currency, b.Currency, b.amount)
	}
	return out
}
