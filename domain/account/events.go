package account

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("account", Evolve,
	CreditGranted{}, CreditApplied{}, CreditRefunded{}, ReceivableOpened{}, ReceivableClosed{}, MoneyReceived{}, MoneyReturned{}, MoneyReversed{},
)

// Fact is an event of an account with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Source tells where credit comes from, and so how it is booked.
type Source string

const (
	SourceManual      Source = "manual"      // given by hand
	SourceInvoice     Source = "invoice"     // the total of an invoice is negative
	SourceOverpayment Source = "overpayment" // more was paid than due, or after it was void
	SourceCreditNote  Source = "credit_note" // a credit note on something paid
	SourceVoided      Source = "voided"      // credit that was applied to an invoice that is void now
)

// Sources lists all of them.
var Sources = []Source{SourceManual, SourceInvoice, SourceOverpayment, SourceCreditNote, SourceVoided}

// CreditGranted adds to the balance.
type CreditGranted struct {
	ID      string       `json:"id"`
	Source  Source       `json:"source"`
	Invoice *string      `json:"invoice"` // null when given by hand
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	Balance money.Amount `json:"balance" range:"any"` // afterwards; [Grant] bounds it
}

// EventType gives the stored name.
func (CreditGranted) EventType() string { return "account.credit_granted.v1" }

func (e CreditGranted) evolve(s State) State {
	if e.Source == SourceVoided && e.Invoice != nil {
		s = s.spend(*e.Invoice, e.Amount.Neg())
	}
	return s.withBalance(e.Balance)
}

// CreditApplied takes from the balance what pays for an invoice or for a part of it.
type CreditApplied struct {
	Invoice string       `json:"invoice"`
	Amount  money.Amount `json:"amount"`
	Balance money.Amount `json:"balance" range:"any"` // afterwards; taking from what is too much is no growth
}

// EventType gives the stored name.
func (CreditApplied) EventType() string { return "account.credit_applied.v1" }

func (e CreditApplied) evolve(s State) State {
	return s.spend(e.Invoice, e.Amount).withBalance(e.Balance)
}

// CreditRefunded takes from the balance what is to be paid back.
type CreditRefunded struct {
	ID      string       `json:"id"`
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	Balance money.Amount `json:"balance" range:"any"` // afterwards; taking from what is too much is no growth
	// Back names the payments that it goes back to; each is told by MoneyReturned, too. Events of earlier releases name none.
	Back []Return `json:"back,omitempty"`
}

// EventType gives the stored name.
func (CreditRefunded) EventType() string { return "account.credit_refunded.v1" }

func (e CreditRefunded) evolve(s State) State {
	if len(e.Back) == 0 {
		s.Gone = withAmount(s.Gone, e.Amount.Plus(amountIn(s.Gone, e.Amount.Currency())))
	}
	return s.withBalance(e.Balance)
}
