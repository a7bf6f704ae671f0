package account

import (
	"cmp"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Receivable names an issued invoice that expects money. How much it expects stands in its own stream.
type Receivable struct {
	Invoice   string         `json:"invoice"`
	Number    string         `json:"number"`
	Currency  money.Currency `json:"currency"`
	IssuedAt  time.Time      `json:"issued_at"`
	PastDueAt *time.Time     `json:"past_due_at"`          // when its payment is past due; null where nobody collects it
	OverdueAt *time.Time     `json:"overdue_at,omitempty"` // when the day is over on which it is due; nil where an earlier release opened it
	Held      bool           `json:"held,omitempty"`       // a gateway may be taking the money, so that it is not past due yet
}

// before puts receivables into the order in which credit pays them: the earliest issued first, then by number.
func (r Receivable) before(other Receivable) int {
	if order := r.IssuedAt.Compare(other.IssuedAt); order != 0 {
		return order
	}
	return cmp.Or(cmp.Compare(len(r.Number), len(other.Number)), cmp.Compare(r.Number, other.Number), cmp.Compare(r.Invoice, other.Invoice))
}

// Expects reports whether an invoice is a receivable.
func (s State) Expects(invoice string) bool { return s.indexReceivable(invoice) >= 0 }

func (s State) indexReceivable(invoice string) int {
	return slices.IndexFunc(s.Receivables, func(r Receivable) bool { return r.Invoice == invoice })
}

func (r Receivable) isPastDue(now time.Time) bool {
	return r.PastDueAt != nil && !r.Held && !now.Before(*r.PastDueAt)
}

// PastDue lists the invoices whose money was to be collected and did not come by an instant, in the order of receivables.
func (s State) PastDue(now time.Time) []string {
	var invoices []string
	for _, r := range s.Receivables {
		if r.isPastDue(now) {
			invoices = append(invoices, r.Invoice)
		}
	}
	return invoices
}

// OpenReceivable tells that an issued invoice expects money.
type OpenReceivable struct{ Receivable }

// ReceivableOpened notes that an issued invoice expects money, so that credit pays it.
type ReceivableOpened struct{ Receivable }

// EventType gives the stored name.
func (ReceivableOpened) EventType() string { return "account.receivable_opened.v1" }

func (e ReceivableOpened) evolve(s State) State {
	at, _ := slices.BinarySearchFunc(s.Receivables, e.Receivable, Receivable.before)
	s.Receivables = slices.Insert(slices.Clone(s.Receivables), at, e.Receivable)
	return s
}

// decide never refuses: it follows what became of the invoice.
func (c OpenReceivable) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Invoice == "" || c.Number == "" || !c.Currency.Valid() || c.IssuedAt.IsZero() {
		return nil, errIncomplete
	}
	if s.Expects(c.Invoice) {
		return nil, nil
	}
	return []Fact{ReceivableOpened(c)}, nil
}

// CloseReceivable tells that an invoice expects no money any more, in whatever way.
type CloseReceivable struct{ Invoice string }

// ReceivableClosed notes that an invoice expects no money any more.
type ReceivableClosed struct {
	Invoice string `json:"invoice"`
}

// EventType gives the stored name.
func (ReceivableClosed) EventType() string { return "account.receivable_closed.v1" }

func (e ReceivableClosed) evolve(s State) State {
	s.Receivables = slices.DeleteFunc(slices.Clone(s.Receivables), func(r Receivable) bool { return r.Invoice == e.Invoice })
	return s
}

func (c CloseReceivable) decide(s State, _ domain.Meta) ([]Fact, error) {
	if !s.Expects(c.Invoice) {
		return nil, nil
	}
	return []Fact{ReceivableClosed(c)}, nil
}

// MissPayment tells that the money for an invoice, which was to be collected, did not come, so that it is past due from now on.
type MissPayment struct{ Invoice string }

// decide opens the receivable anew. It leaves one alone that is past due or that nobody collects.
func (c MissPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	at := s.indexReceivable(c.Invoice)
	if at < 0 {
		return nil, nil
	}
	missed := s.Receivables[at]
	if missed.PastDueAt == nil || missed.isPastDue(meta.Now) {
		return nil, nil
	}
	missed.PastDueAt, missed.Held = &meta.Now, false
	return []Fact{ReceivableClosed(c), ReceivableOpened{missed}}, nil
}

// HoldPayment tells whether a gateway may be taking the money for an invoice.
type HoldPayment struct {
	Invoice string
	Held    bool
}

// decide opens the receivable anew. It leaves one alone that is past due, that nobody collects, or that is as it was.
func (c HoldPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	at := s.indexReceivable(c.Invoice)
	if at < 0 {
		return nil, nil
	}
	held := s.Receivables[at]
	if held.PastDueAt == nil || held.Held == c.Held || held.isPastDue(meta.Now) {
		return nil, nil
	}
	held.Held = c.Held
	return []Fact{ReceivableClosed{Invoice: c.Invoice}, ReceivableOpened{held}}, nil
}
