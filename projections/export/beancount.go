package export

import (
	"fmt"
	"strings"
)

// beancount writes a file of beancount. At its end the balance of each account is asserted for each day that changed it.
type beancount struct{ *entries }

func newBeancount(t Table) (*beancount, error) {
	e, err := newEntries(t)
	return &beancount{e}, err
}

func (*beancount) begin(out []byte) []byte {
	return append(out, "option \"title\" \"Tallystick\"\noption \"inferred_tolerance_multiplier\" \"0\"\n"...)
}

func (b *beancount) memory() any { return b.entries }

func (b *beancount) row(out []byte, row []Cell) ([]byte, error) {
	root, err := b.root(row)
	if err != nil {
		return nil, err
	}
	account := root[1] + ":" + row[b.code].Text + "-" + strings.ReplaceAll(plain(row[b.name].Text, `:;"\`), " ", "-")
	l, err := b.read(row, account)
	if err != nil {
		return nil, err
	}
	if l.first {
		out = fmt.Appendf(out, "\n%s * %q %q\n  entry_id: %q\n  position: %q\n  event_id: %q\n", row[b.date].Text, row[b.kind].Text,
			plain(row[b.memo].Text, `"\`), row[b.entry].Text, row[b.position].Text, row[b.event].Text)
		out = metadata(out, "workspace", row[b.workspace])
		out = metadata(out, "invoice", row[b.invoice])
	}
	out = fmt.Appendf(out, "  %s  %s %s\n", account, l.amount, row[b.currency].Text)
	if row[b.product].Text != "" {
		out = append(out, "  "...)
		out = metadata(out, "product", row[b.product])
	}
	return out, nil
}

// metadata adds a line to an entry, unless it is empty.
func metadata(out []byte, name string, cell Cell) []byte {
	if cell.Text == "" {
		return out
	}
	return fmt.Appendf(out, "  %s: \"%s\"\n", name, plain(cell.Text, `"\`))
}

func (b *beancount) end(out []byte) []byte {
	balances := b.balances()
	out = append(out, '\n')
	for _, account := range accountsOf(balances) {
		out = fmt.Appendf(out, "1970-01-01 open %s\n", account)
	}
	for _, balance := range balances {
		out = fmt.Appendf(out, "%s balance %s  %s ~ 0 %s\n", nextDay(balance.Date), balance.Account, balance.amount, balance.Currency)
	}
	return out
}
