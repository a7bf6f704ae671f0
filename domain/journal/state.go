package journal

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// Standing tells how far an invoice is.
type Standing string

// Standings of invoices.
const (
	Draft  Standing = "draft"
	Open   Standing = "open"
	Issued Standing = "issued"
	Void   Standing = "void"
)

// Invoice holds what the books know of an invoice.
type Invoice struct {
	ID        string         `json:"id"`
	Workspace string         `json:"workspace"`
	Currency  money.Currency `json:"currency"`
	TimeZone  string         `json:"time_zone"`
	Standing  Standing       `json:"standing"`
	Number    string         `json:"number,omitempty"`
	Made      int64          `json:"made,omitzero"`   // the position of its issue
	Entry     string         `json:"entry,omitempty"` // the id of the entry of its issue
	Relief    bool           `json:"relief,omitzero"` // tax of what is given up is not due
	Total     money.Amount   `json:"total"`
	Credit    money.Amount   `json:"credit"`          // that pays for it
	Held      money.Amount   `json:"held"`            // credit and money on it before it is issued
	Draft     *drafted       `json:"draft,omitempty"` // until it is issued
	Lines     []Line         `json:"lines,omitempty"`
}

// line finds a charge by its key.
func (i *Invoice) line(key string) *Line {
	for at := range i.Lines {
		if i.Lines[at].Key == key {
			return &i.Lines[at]
		}
	}
	return nil
}

// Unearned adds up what is deferred of the invoice.
func (i *Invoice) Unearned() money.Amount {
	sum := money.Zero(i.Currency)
	for _, line := range i.Lines {
		sum = sum.Plus(line.Unearned)
	}
	return sum
}

// IsUnearned reports whether any line of the invoice has something to be earned.
func (i *Invoice) IsUnearned() bool {
	for _, line := range i.Lines {
		if !line.Unearned.IsZero() {
			return true
		}
	}
	return false
}

// lost adds up what is given up of the invoice.
func (i *Invoice) lost() money.Amount {
	sum := money.Zero(i.Currency)
	for _, line := range i.Lines {
		sum = sum.Plus(line.lost())
	}
	return sum
}

// Payment holds what the books know of a gateway's payment.
type Payment struct {
	ID        string    `json:"id"`
	Workspace string    `json:"workspace"`
	Invoice   string    `json:"invoice"`
	Charges   []Charge  `json:"charges,omitempty"`
	Disputes  []Dispute `json:"disputes,omitempty"`
}

// Charge holds an attempt by which a gateway took money.
type Charge struct {
	N       int           `json:"n"`
	Fee     *money.Amount `json:"fee,omitempty"`
	Settles *Day          `json:"settles,omitempty"` // when its money is in the bank; nil for at once
	Entry   string        `json:"entry,omitempty"`   // the id of the entry that captured it
	Amount  *money.Amount `json:"amount,omitempty"`  // what it captured
}

// Dispute holds a dispute that is open.
type Dispute struct {
	ID     string        `json:"id"`
	Amount money.Amount  `json:"amount"`
	Fee    *money.Amount `json:"fee,omitempty"`
	Entry  string        `json:"entry"`
}

// charge finds an attempt by its number.
func (p *Payment) charge(n int) *Charge {
	for at := range p.Charges {
		if p.Charges[at].N == n {
			return &p.Charges[at]
		}
	}
	return nil
}

// Refund holds what the books know of money that goes back.
type Refund struct {
	ID        string       `json:"id"`
	Workspace string       `json:"workspace"`
	Invoice   string       `json:"invoice,omitempty"`
	Amount    money.Amount `json:"amount"`
	Gone      bool         `json:"gone,omitzero"`
	ByHand    bool         `json:"by_hand,omitzero"`
	Attempts  []int        `json:"attempts,omitempty"` // those that succeeded, in order
	Entry     string       `json:"entry,omitempty"`
}

// Settings hold what the books as a whole go by.
type Settings struct {
	TimeZone    string `json:"time_zone"`
	Recognition Method `json:"recognition"`
	Relief      bool   `json:"write_off_tax_relief,omitzero"`
	Ended       Month  `json:"ended,omitzero"`  // the latest month that was accounted for as a whole
	Closed      Month  `json:"closed,omitzero"` // the latest period that is closed
}

// Day gives the civil day of an instant in the time zone of the books.
func (s Settings) Day(t time.Time) Day { return DayIn(t, zone(s.TimeZone)) }

// DefaultSettings hold until others are set.
func DefaultSettings() Settings { return Settings{TimeZone: "UTC", Recognition: ByDay} }

// Shelf keeps what a book remembers. What it gives may be changed, and is put back then. Nothing found is nil.
type Shelf interface {
	Invoice(id string) (*Invoice, error)
	PutInvoice(*Invoice) error
	Payment(id string) (*Payment, error)
	PutPayment(*Payment) error
	Refund(id string) (*Refund, error)
	PutRefund(*Refund) error
	// Unearned gives some invoices with something to be earned that were issued behind a position, in the order of their issue;
	// none when there are no more.
	Unearned(after int64) ([]*Invoice, error)
}
