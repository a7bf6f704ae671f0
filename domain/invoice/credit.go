package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Credit issues a credit note, over an amount with its tax or over lines.
type Credit struct {
	CreditNote string
	Number     string
	Seller     *int64 // the version of the seller's profile, nil where there is none
	Amount     *money.Amount
	Lines      []CreditLine
	Reason     string
	Refund     bool
	From       *time.Time // when the service of the lines ends; nil for a part of each line's whole period
	Settles
}

// Settles holds what a credit note can lower and pay back beyond its own invoice. Claims are of the invoices behind it: those
// whose charges its credit lines take back, those behind them, and so on, in the order in which they are lowered. Payments
// are of all these invoices and its own, the newest first.
type Settles struct {
	Claims   []Claim
	Payments []Refund
}

// Refund gives money back: a part of a payment that came for an invoice.
type Refund struct {
	Refund  string       `json:"refund"`
	Payment string       `json:"payment"`
	Invoice string       `json:"invoice"` // that the payment was for
	Amount  money.Amount `json:"amount"`
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
	Reduced       money.Amount   `json:"reduced"` // off what was owed, of this invoice and of others
	Credit        money.Amount   `json:"credit"`  // the workspace's from now on
	Refund        money.Amount   `json:"refund"`  // to be paid back
	PaymentStatus PaymentStatus  `json:"payment_status"`
	Seller        *int64         `json:"seller,omitempty"` // the version of the profile that it shows
	// From tells when the service of the lines ended; it is null for a part of each line's whole period.
	From      *time.Time `json:"from,omitempty"`
	Workspace string     `json:"workspace,omitempty"`
	// SettledAgainst lists what Reduced was taken off; that of an earlier release took all of it off its own invoice.
	SettledAgainst []Settled `json:"settled_against,omitempty"`
	Refunds        []Refund  `json:"refunds,omitempty"`
}

// Settled lists what Reduced was taken off, also of a credit note of an earlier release.
func (e Credited) Settled() []Settled {
	if e.SettledAgainst == nil && e.Reduced.Sign() > 0 {
		return []Settled{{Invoice: e.ID, Amount: e.Reduced, WrittenOff: money.Zero(e.Reduced.Currency())}}
	}
	return e.SettledAgainst
}

// Sources lists the other invoices that billed lines of the credit note.
func (e Credited) Sources() []string {
	var sources []string
	for _, line := range e.Lines {
		if line.Invoice != "" && !slices.Contains(sources, line.Invoice) {
			sources = append(sources, line.Invoice)
		}
	}
	return sources
}

// own gives what the credit note took off its own invoice, and of that off what had been written off.
func (e Credited) own(s State) (amount, writtenOff money.Amount) {
	if e.SettledAgainst == nil {
		return e.Reduced, lesser(e.Reduced, s.WrittenOff) // of an earlier release, or one that took nothing off
	}
	for _, settled := range e.SettledAgainst {
		if settled.Invoice == e.ID {
			return settled.Amount, settled.WrittenOff
		}
	}
	none := money.Zero(s.Bill.Currency)
	return none, none
}

// EventType gives the stored name.
func (Credited) EventType() string { return "invoice.credited.v1" }

func (e Credited) evolve(s State) State {
	s.Lines = addLines(s.Lines, e.Lines)
	amount, writtenOff := e.own(s)
	s.Credited, s.Refunded = s.Credited.Plus(e.Total), s.Refunded.Plus(e.Refund)
	s.Reduced, s.WrittenOff = s.Reduced.Plus(amount), s.WrittenOff.Minus(writtenOff)
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
	}, c.Refund, c.Settles)}, nil
}

// creditedEvent fills in where the total goes: first off what is owed of this invoice, then of those behind it, then back, as
// far as it was paid and asked for, and the rest becomes credit.
func (s State) creditedEvent(e Credited, refund bool, meets Settles) Credited {
	none := money.Zero(s.Bill.Currency)
	e.Workspace, e.Tax, e.Refund = s.Workspace, none, none
	for _, line := range e.Lines {
		e.Tax = e.Tax.Plus(line.Tax)
	}
	e.SettledAgainst, e.Credit = setOff(e.Total, append([]Claim{s.Claim()}, meets.Claims...))
	e.Reduced = e.Total.Minus(e.Credit)
	if refund {
		for _, back := range meets.Payments {
			if back.Amount = lesser(e.Credit, back.Amount); back.Amount.Sign() > 0 {
				e.Refunds = append(e.Refunds, back)
				e.Refund, e.Credit = e.Refund.Plus(back.Amount), e.Credit.Minus(back.Amount)
			}
		}
	}
	e.PaymentStatus = e.evolve(s).standing()
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
