package command_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

// sums adds up what a workspace's events say of one currency.
type sums struct {
	granted, paid, refunded money.Amount
}

// equation follows the events of one workspace, and holds its amounts together: what is charged, less what was credited,
// written off and granted, is what was paid, less what was refunded, and what is still expected, less the credit and what
// open invoices hold.
type equation struct {
	account  account.State
	invoices map[string]invoice.State
	payments map[string]payment.State // that gateways take
	refunds  map[string]refund.State
	taken    map[string]money.Amount // that gateways have, by payment
	order    []string
	sums     map[money.Currency]*sums
}

func newEquation() *equation {
	return &equation{
		invoices: map[string]invoice.State{}, payments: map[string]payment.State{}, refunds: map[string]refund.State{}, taken: map[string]money.Amount{},
		sums: map[money.Currency]*sums{},
	}
}

func (e *equation) of(currency money.Currency) *sums {
	if e.sums[currency] == nil {
		none := money.Zero(currency)
		e.sums[currency] = &sums{none, none, none}
	}
	return e.sums[currency]
}

// follow takes one event into account.
func (e *equation) follow(stream domain.Stream, fact domain.Event) {
	switch fact := fact.(type) {
	case account.CreditGranted:
		if fact.Source == account.SourceManual {
			s := e.of(fact.Amount.Currency())
			s.granted = s.granted.Plus(fact.Amount)
		}
	case invoice.PaymentRecorded:
		s := e.of(fact.Amount.Currency())
		s.paid = s.paid.Plus(fact.Amount)
		if fact.Gateway != "" {
			e.take(fact.Payment, fact.Amount)
		}
	case account.MoneyReversed:
		s := e.of(fact.Amount.Currency())
		s.paid = s.paid.Minus(fact.Amount)
		e.take(fact.Payment, fact.Amount.Neg())
	case refund.Created:
		s := e.of(fact.Amount.Currency())
		s.refunded = s.refunded.Plus(fact.Amount)
	case invoice.Drafted:
		e.of(fact.Bill.Currency)
		e.order = append(e.order, fact.ID)
	}
	switch stream.Type() {
	case account.Type.Name:
		e.account = account.Evolve(e.account, fact)
	case payment.Type.Name:
		e.payments[stream.Entity()] = payment.Evolve(e.payments[stream.Entity()], fact)
	case refund.Type.Name:
		before := e.refunds[stream.Entity()]
		after := refund.Evolve(before, fact)
		if after.Gateway != "" && before.Status != refund.StatusSucceeded && after.Status == refund.StatusSucceeded {
			e.take(*after.Payment, after.Amount.Neg())
		}
		e.refunds[stream.Entity()] = after
	case invoice.Type.Name:
		e.invoices[stream.Entity()] = invoice.Evolve(e.invoices[stream.Entity()], fact)
	}
}

// take changes what a gateway has of money of a name: that of a payment, or the key of an attempt.
func (e *equation) take(name string, by money.Amount) {
	id, _, _ := strings.Cut(name, ":")
	if had, some := e.taken[id]; some {
		by = had.Plus(by)
	}
	e.taken[id] = by
}

// check tells what does not hold.
func (e *equation) check() error {
	for currency, s := range e.sums {
		if err := e.checkCurrency(currency, *s); err != nil {
			return err
		}
	}
	for _, id := range e.order {
		i := e.invoices[id]
		if i.Outstanding().Sign() < 0 || i.WrittenOff.Sign() < 0 {
			return fmt.Errorf("invoice %s: %v outstanding, %v written off", id, i.Outstanding(), i.WrittenOff)
		}
		if expects := i.Status == invoice.StatusFinalized && i.Outstanding().Sign() > 0; expects != e.account.Expects(id) {
			return fmt.Errorf("invoice %s: %v outstanding, and the account expects it: %v", id, i.Outstanding(), !expects)
		}
	}
	return nil
}

func (e *equation) checkCurrency(currency money.Currency, s sums) error {
	none := money.Zero(currency)
	charged, credited, writtenOff, receivable, held, idle := none, none, none, none, none, none
	for _, id := range e.order {
		i := e.invoices[id]
		switch {
		case i.Bill.Currency != currency:
		case i.Status == invoice.StatusFinalized:
			charged, credited = charged.Plus(i.Bill.Total), credited.Plus(i.Credited)
			writtenOff, receivable = writtenOff.Plus(i.WrittenOff), receivable.Plus(i.Outstanding())
			if !e.payments[i.Payment].Open() { // else a gateway may be taking the money
				idle = idle.Plus(i.Outstanding())
			}
		case i.Status == invoice.StatusOpen:
			held = held.Plus(i.CreditApplied).Plus(i.AmountPaid)
		}
	}
	credit, err := e.account.Credit(currency)
	if err != nil {
		return err
	}
	left := charged.Minus(credited).Minus(writtenOff).Minus(s.granted)
	right := s.paid.Minus(s.refunded).Plus(receivable).Minus(credit).Minus(held)
	switch {
	case !left.Equal(right):
		return fmt.Errorf("charged %v − credited %v − written off %v − granted %v is not paid %v − refunded %v + receivable %v − credit %v − held %v",
			charged, credited, writtenOff, s.granted, s.paid, s.refunded, receivable, credit, held)
	case credit.Sign() < 0 || credit.Sign() > 0 && idle.Sign() > 0:
		return fmt.Errorf("%v of credit beside %v that is expected", credit, idle)
	case credit.Plus(held).Plus(s.refunded).Minus(s.paid).Minus(s.granted).Sign() > 0:
		return fmt.Errorf("credit %v, held %v and refunded %v are more than paid %v and granted %v", credit, held, s.refunded, s.paid, s.granted)
	case s.refunded.Minus(s.paid).Sign() > 0:
		return fmt.Errorf("%v went back of %v", s.refunded, s.paid)
	case !e.account.Received(currency).Equal(s.paid.Minus(s.refunded)):
		return fmt.Errorf("%v have not gone back, and should be %v − %v", e.account.Received(currency), s.paid, s.refunded)
	}
	return nil
}

// having lists the invoices that a predicate holds for.
func (e *equation) having(holds func(invoice.State) bool) []string {
	return slices.DeleteFunc(slices.Clone(e.order), func(id string) bool { return !holds(e.invoices[id]) })
}
