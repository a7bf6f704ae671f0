package verify

import (
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
)

// receivables holds what the books have of each invoice against what it is owed, and against what its account expects, after each
// command.
func receivables() *check {
	return &check{Result: Result{Name: "receivables"}, group: func(c *check, r *run) {
		agree(c, r, journal.Receivable)
		for _, p := range r.books.places(journal.Receivable) {
			s := stateOf[invoice.State](r, invoice.Stream(p.of))
			if s.Status != invoice.StatusFinalized {
				continue
			}
			expects := stateOf[account.State](r, account.Stream(s.Workspace)).Expects(s.ID)
			c.holds(expects == (s.Outstanding().Sign() > 0), r.books.touched[p], p.String(), "%s is outstanding, and the account expects it: %t", s.Outstanding(), expects)
		}
	}}
}

// clearing holds the accounts that money passes through against what is under way: nothing in transit, disputes that are open, and
// refunds that did not go back.
func clearing() *check {
	return &check{Result: Result{Name: "clearing"}, group: func(c *check, r *run) {
		agree(c, r, journal.InTransit, journal.Disputed, journal.RefundsPayable)
	}}
}

// taxNotRevenue holds the tax that is payable against what documents say, so that none of it is in another account.
func taxNotRevenue() *check {
	return &check{Result: Result{Name: "tax_not_revenue"}, entry: func(c *check, r *run, e *entry) {
		for _, p := range e.Postings {
			if p.Account != journal.Deferred && p.Account != journal.OneOffRevenue || p.Kind != string(journal.KindIssue) || p.InvoiceLine == "" {
				continue
			}
			s := stateOf[invoice.State](r, invoice.Stream(p.Invoice))
			for _, line := range s.Bill.Lines {
				if line.Key == p.InvoiceLine && s.IssuedAt != nil && line.Net().Sign() > 0 {
					more, err := p.amount().Neg().Cmp(line.Net())
					c.holds(err == nil && more <= 0, e.Position, "entry "+e.id(), "%s of the line %s are revenue, which has %s without its tax", p.amount().Neg(), line.Key, line.Net())
				}
			}
		}
	}, group: func(c *check, r *run) { agree(c, r, journal.TaxPayable) }}
}
