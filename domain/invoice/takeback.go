package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// TakeBack issues a credit note over lines whose rest will not be used, as they were priced.
type TakeBack struct {
	CreditNote string
	Number     string
	Lines      []CreditedLine
	Total      money.Amount // with tax
	Reason     string
	Refund     bool
	Seller     *int64    // as in [Credit]
	From       time.Time // when the service of the lines ended
	Settles
}

// decide never refuses: it comes with the end of what the lines were for, whose bill is never more than what is left of them.
// Where more seats made a plan cheaper, lines of other invoices stand beside this one's and name theirs.
func (c TakeBack) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.CreditNote == "" || c.Number == "" || c.Total.Sign() <= 0 || s.Status != StatusFinalized {
		return nil, errIncomplete
	}
	for _, line := range c.Lines {
		if line.Invoice != "" {
			continue // that invoice checks it, as it is told of the proration
		}
		at := slices.IndexFunc(s.Lines, func(l CreditedLine) bool { return l.Key == line.Key })
		if at < 0 {
			return nil, errOvercredit
		}
		if amount, tax := s.left(at); !within(line.Amount, amount) || !within(line.Tax, tax) {
			return nil, errOvercredit
		}
	}
	return []Fact{s.creditedEvent(Credited{
		ID: s.ID, CreditNote: c.CreditNote, Number: c.Number, IssuedAt: meta.Now, Reason: c.Reason, Lines: c.Lines, Total: c.Total,
		Seller: c.Seller, From: &c.From,
	}, c.Refund, c.Settles)}, nil
}
