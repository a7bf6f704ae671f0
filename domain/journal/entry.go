package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// Posting is one line of an entry. A positive amount is a debit.
type Posting struct {
	Account Account
	Amount  money.Amount
	Tags
}

// Tags tell what a posting is of. Those that do not apply are empty.
type Tags struct {
	Workspace   string
	Invoice     string
	InvoiceLine string
	Product     string
	TaxRate     string
}

// Heading holds what an entry says beside its postings.
type Heading struct {
	Position   int64 // of the event that it comes of
	N          int   // counts the entries of one event, from 1
	EventID    string
	EventType  string
	RecordedAt time.Time
	Kind       Kind
	Date       Day
	ReversalOf string // the id of the entry that it takes back
	// CorrectionOf is the closed period that the entry belongs to, 0 where it stands in its own.
	CorrectionOf Month
	Memo         string
}

// ID names the entry.
func (h Heading) ID() string { return fmt.Sprintf("%d-%d", h.Position, h.N) }

// Entry is balanced: only [NewEntry] makes one.
type Entry struct {
	Heading
	postings []Posting
}

// Postings gives the lines of the entry, which must not be changed.
func (e Entry) Postings() []Posting { return e.postings }

// ErrUnbalanced says that debits and credits differ, or that there is no entry at all.
var ErrUnbalanced = errors.New("an entry has two postings or more, none of them of nothing, and they balance in each currency")

// NewEntry makes an entry. It fails with [ErrUnbalanced].
func NewEntry(heading Heading, postings []Posting) (Entry, error) {
	sums := map[money.Currency]money.Amount{}
	for _, p := range postings {
		if _, known := p.Account.Describe(); !known || p.Account == Result {
			return Entry{}, fmt.Errorf("entry %s: nothing is posted to account %q", heading.ID(), p.Account)
		}
		if p.Amount.IsZero() || !p.Amount.Currency().Valid() {
			return Entry{}, fmt.Errorf("entry %s: %w", heading.ID(), ErrUnbalanced)
		}
		sum, some := sums[p.Amount.Currency()]
		if !some {
			sum = money.Zero(p.Amount.Currency())
		}
		sums[p.Amount.Currency()] = sum.Plus(p.Amount)
	}
	for _, sum := range sums {
		if !sum.IsZero() {
			return Entry{}, fmt.Errorf("entry %s is off by %v: %w", heading.ID(), sum, ErrUnbalanced)
		}
	}
	if len(postings) < 2 {
		return Entry{}, fmt.Errorf("entry %s: %w", heading.ID(), ErrUnbalanced)
	}
	return Entry{Heading: heading, postings: postings}, nil
}
