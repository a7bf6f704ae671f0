package invoice

import (
	"math/big"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// credit is refused with what checkCreditable says, credit_exceeds_invoice, or its fields: reason_invalid,
// amount_or_lines, amount_invalid, currency_mismatch, line_not_found, line_repeated, credit_exceeds_line.
func credit(s State, c Credit, now time.Time) ([]domain.Event, error) {
	if c.CreditNote == "" || c.Number == "" {
		return nil, errIncomplete
	}
	if err := s.checkCredit(c); err != nil {
		return nil, err
	}
	if err := s.checkCreditable(); err != nil {
		return nil, s.withActions(err)
	}
	lines, total, err := s.creditLines(c)
	if err != nil {
		return nil, err
	}
	if total.IsZero() {
		return nil, s.withActions(s.nothingToCredit())
	}
	if !covers(s.Creditable(), total) {
		rejection := domain.Conflict("credit_exceeds_invoice", "%v is more than the %v that can be credited", total, s.Creditable())
		return nil, s.withActions(rejection.With("creditable", s.Creditable()))
	}
	return []domain.Event{s.settle(Credited{
		ID: s.ID, CreditNote: c.CreditNote, Number: c.Number, IssuedAt: now, Reason: c.Reason, Lines: lines, Total: total,
	}, c.Refund)}, nil
}

// settle says where the total goes: first off what is outstanding, then back, as far as it was paid and asked for, and
// the rest becomes credit.
func (s State) settle(e Credited, refund bool) Credited {
	e.Tax = money.Zero(s.Bill.Currency)
	for _, line := range e.Lines {
		e.Tax = e.Tax.Plus(line.Tax)
	}
	e.Reduced = lesser(e.Total, s.Outstanding())
	e.Credit, e.Refund = e.Total.Minus(e.Reduced), money.Zero(s.Bill.Currency)
	if refund {
		e.Refund = lesser(e.Credit, s.AmountPaid.Minus(s.Refunded))
		e.Credit = e.Credit.Minus(e.Refund)
	}
	e.PaymentStatus = s.PaymentStatus
	if s.Outstanding().Equal(e.Reduced) && s.PaymentStatus != PaymentNotRequired {
		e.PaymentStatus = PaymentNotRequired
		if s.AmountPaid.Sign() > 0 {
			e.PaymentStatus = PaymentSucceeded
		}
	}
	return e
}

// checkCreditable says invoice_not_finalized, invoice_voided or nothing_to_credit.
func (s State) checkCreditable() error {
	if err := s.checkIssued(); err != nil {
		return err
	}
	if s.Creditable().Sign() == 0 {
		return s.nothingToCredit()
	}
	return nil
}

func (State) nothingToCredit() error {
	return domain.Conflict("nothing_to_credit", "nothing of this is left to be credited")
}

func (s State) checkCredit(c Credit) error {
	var check domain.Check
	checkText(&check, "/reason", "reason_invalid", c.Reason)
	check.Require((c.Amount == nil) != (len(c.Lines) == 0), "/amount", "amount_or_lines", "either amount or lines must be given")
	if c.Amount != nil {
		s.checkAmount(&check, "/amount", *c.Amount)
	}
	seen := map[string]bool{}
	for i, line := range c.Lines {
		at := s.index(line.Key)
		check.Require(at >= 0, domain.Pointer("lines", i, "key"), "line_not_found", "the invoice has no charge with this key")
		check.Require(!seen[line.Key], domain.Pointer("lines", i, "key"), "line_repeated", "each line may be named once")
		seen[line.Key] = true
		if line.Amount == nil || at < 0 {
			continue
		}
		pointer := domain.Pointer("lines", i, "amount")
		s.checkAmount(&check, pointer, *line.Amount)
		left, _ := s.left(at)
		check.Require(line.Amount.Currency() != s.Bill.Currency || covers(left, *line.Amount), pointer, "credit_exceeds_line",
			"%v of the line is left to be credited", left)
	}
	return check.Rejection()
}

// index finds a line that can be credited: a charge of more than nothing.
func (s State) index(key string) int {
	return slices.IndexFunc(s.Bill.Lines, func(l pricing.Line) bool { return l.Key == key && l.Base().Sign() > 0 })
}

// left is what is not credited of a line, before exclusive tax, and of its tax.
func (s State) left(at int) (amount, tax money.Amount) {
	line, credited := s.Bill.Lines[at], s.Lines[at]
	return line.Base().Minus(credited.Amount), line.Tax.Minus(credited.Tax)
}

func (s State) grossLeft(at int) money.Amount {
	amount, tax := s.left(at)
	return s.gross(at, amount, tax)
}

// owed is what no credit note took off a line.
func (s State) owed(at int) (amount, tax money.Amount) {
	amount, tax = s.left(at)
	return amount.Plus(s.Prorated[at].Amount), tax.Plus(s.Prorated[at].Tax)
}

// creditLines are what is taken back of each line, and all of it with tax.
func (s State) creditLines(c Credit) ([]CreditedLine, money.Amount, error) {
	if c.Amount != nil {
		if !covers(s.Creditable(), *c.Amount) {
			return nil, *c.Amount, nil // refused by the caller
		}
		lines, err := s.spread(*c.Amount, s.left)
		return lines, *c.Amount, err
	}
	total := money.Zero(s.Bill.Currency)
	var lines []CreditedLine
	for _, wanted := range c.Lines {
		at := s.index(wanted.Key)
		amount, tax := s.left(at)
		if wanted.Amount != nil {
			part, err := s.taxOf(at, *wanted.Amount, amount, tax)
			if err != nil {
				return nil, total, err
			}
			amount, tax = *wanted.Amount, part
		}
		line := CreditedLine{Key: wanted.Key, Amount: amount, Tax: tax}
		lines, total = append(lines, line), total.Plus(s.gross(at, amount, tax))
	}
	return lines, total, nil
}

// spread takes an amount with tax off the charges, by what there is of each.
func (s State) spread(amount money.Amount, of func(at int) (amount, tax money.Amount)) ([]CreditedLine, error) {
	weights, taxes := make([]money.Amount, len(s.Bill.Lines)), make([]money.Amount, len(s.Bill.Lines))
	for i, line := range s.Bill.Lines {
		weights[i] = money.Zero(s.Bill.Currency)
		if line.Base().Sign() > 0 {
			base, tax := of(i)
			weights[i], taxes[i] = s.gross(i, base, tax), tax
		}
	}
	parts, err := amount.AllocateBy(weights)
	if err != nil {
		return nil, err
	}
	var lines []CreditedLine
	for i, part := range parts {
		if part.IsZero() {
			continue
		}
		tax, err := s.taxOf(i, part, weights[i], taxes[i])
		if err != nil {
			return nil, err
		}
		if s.Bill.Lines[i].TaxBehavior == pricing.TaxBehaviorExclusive {
			part = part.Minus(tax)
		}
		lines = append(lines, CreditedLine{Key: s.Bill.Lines[i].Key, Amount: part, Tax: tax})
	}
	return lines, nil
}

// gross is an amount of a line with its tax.
func (s State) gross(at int, amount, tax money.Amount) money.Amount {
	if s.Bill.Lines[at].TaxBehavior == pricing.TaxBehaviorExclusive {
		return amount.Plus(tax)
	}
	return amount
}

// taxOf is what of a whole's tax a part of it has. Where the tax is in the amounts it is the net that is rounded, as on
// the invoice.
func (s State) taxOf(at int, part, whole, tax money.Amount) (money.Amount, error) {
	if s.Bill.Lines[at].TaxBehavior == pricing.TaxBehaviorExclusive {
		return share(tax, part, whole)
	}
	net, err := share(whole.Minus(tax), part, whole)
	if err != nil {
		return tax, err
	}
	return part.Minus(net), nil
}

// share is of × part/whole, rounded.
func share(of, part, whole money.Amount) (money.Amount, error) {
	ratio := new(big.Rat).Quo(part.Decimal().Rat(), whole.Decimal().Rat())
	return money.RoundHalfAwayFromZero(of.Currency(), ratio.Mul(ratio, of.Decimal().Rat()))
}
