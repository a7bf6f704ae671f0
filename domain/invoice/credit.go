package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Credit issues a credit note, over an amount with its tax or over lines. What it does not take off the outstanding amount
// becomes credit, or is refunded as far as it was paid.
type Credit struct {
	CreditNote string
	Number     string
	Seller     *int64 // the version of the seller's profile, nil where there is none
	Amount     *money.Amount
	Lines      []CreditLine
	Reason     string
	Refund     bool
	From       *time.Time // when the service of the lines ends; nil for a part of each line's whole period
}

// CreditLine takes back a line's amount before exclusive tax, all that is left of it when nil.
type CreditLine struct {
	Key    string
	Amount *money.Amount
}

// Credited takes back a part of the invoice by a credit note.
type Credited struct {
	ID            string         `json:"id"`
	CreditNote    string         `json:"credit_note"`
	Number        string         `json:"number"`
	IssuedAt      time.Time      `json:"issued_at"`
	Reason        string         `json:"reason"`
	Lines         []CreditedLine `json:"lines"`
	Tax           money.Amount   `json:"tax"`
	Total         money.Amount   `json:"total"`   // = Reduced + Credit + Refund
	Reduced       money.Amount   `json:"reduced"` // off what is outstanding
	Credit        money.Amount   `json:"credit"`  // the workspace's from now on
	Refund        money.Amount   `json:"refund"`  // to be paid back
	PaymentStatus PaymentStatus  `json:"payment_status"`
	Seller        *int64         `json:"seller,omitempty"` // the version of the profile that it shows
	// From tells when the service of the lines ended; it is null for a part of each line's whole period.
	From *time.Time `json:"from,omitempty"`
}

// EventType gives the stored name.
func (Credited) EventType() string { return "invoice.credited.v1" }

func (e Credited) evolve(s State) State {
	s.Lines = addLines(s.Lines, e.Lines)
	s.Credited, s.Reduced, s.Refunded = s.Credited.Plus(e.Total), s.Reduced.Plus(e.Reduced), s.Refunded.Plus(e.Refund)
	s.CreditNotes = append(slices.Clip(s.CreditNotes), e.CreditNote)
	s.PaymentStatus = e.PaymentStatus
	return s
}

// decide refuses with the codes of checkCreditable, credit_exceeds_invoice, or its fields: reason_invalid, amount_or_lines,
// amount_invalid, currency_mismatch, line_not_found, line_repeated, credit_exceeds_line.
func (c Credit) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.CreditNote == "" || c.Number == "" {
		return nil, errIncomplete
	}
	if err := s.checkCredit(c); err != nil {
		return nil, err
	}
	if err := s.checkCreditable(); err != nil {
		return nil, s.withActions(err)
	}
	lines, total, err := s.linesOf(c)
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
	return []Fact{s.creditedEvent(Credited{
		ID: s.ID, CreditNote: c.CreditNote, Number: c.Number, Seller: c.Seller, IssuedAt: meta.Now, Reason: c.Reason, Lines: lines, Total: total,
		From: c.From,
	}, c.Refund)}, nil
}

// creditedEvent fills in where the total goes: first off what is outstanding, then back, as far as it was paid and asked
// for, and the rest becomes credit.
func (s State) creditedEvent(e Credited, refund bool) Credited {
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

// checkCreditable refuses with invoice_not_finalized, invoice_voided or nothing_to_credit.
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

// linesOf computes what is taken back of each line, and all of it with tax.
func (s State) linesOf(c Credit) ([]CreditedLine, money.Amount, error) {
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
