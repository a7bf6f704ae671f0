package command_test

import (
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// services adds up, from documents alone, what is charged for each service: a charge, more seats beside it, and all that takes
// any of that back. Nothing ever takes more back than was charged, in amount or in tax.
type services struct {
	drafts map[string]invoice.Drafted
	of     map[string]*service // by the key of a line
	latest map[string]*service // by subscription
}

// service holds what is left of a charge and of what came beside it.
type service struct {
	name      string
	base, tax money.Amount
}

func newServices() *services {
	return &services{drafts: map[string]invoice.Drafted{}, of: map[string]*service{}, latest: map[string]*service{}}
}

// follow takes one event into account.
func (s *services) follow(fact domain.Event) {
	switch fact := fact.(type) {
	case invoice.Drafted:
		s.drafts[fact.ID] = fact
	case invoice.Finalized:
		for _, line := range s.drafts[fact.ID].Bill.Lines {
			if line.OfSeats() {
				s.bill(line)
			}
		}
	case invoice.Voided:
		for _, line := range s.drafts[fact.ID].Bill.Lines {
			if of := s.of[line.Key]; of != nil {
				of.take(line.Base(), line.Tax)
			}
		}
	case invoice.Credited:
		for _, line := range fact.Lines {
			if of := s.of[line.Key]; of != nil {
				of.take(line.Amount, line.Tax)
			}
		}
	}
}

func (s *services) bill(line pricing.Line) {
	sub, _, _ := strings.Cut(line.Key, "/")
	switch line.Kind {
	case pricing.LineKindCharge:
		none := money.Zero(line.Amount.Currency())
		s.latest[sub] = &service{name: line.Key, base: none, tax: none}
		s.of[line.Key] = s.latest[sub]
	case pricing.LineKindCredit:
		s.of[line.Key] = s.of[*line.SourceLine]
	default:
		s.of[line.Key] = s.latest[sub]
	}
	s.of[line.Key].take(line.Base().Neg(), line.Tax.Neg())
}

func (s *service) take(base, tax money.Amount) {
	s.base, s.tax = s.base.Minus(base), s.tax.Minus(tax)
}

// check tells what does not hold.
func (s *services) check() error {
	for _, of := range s.of {
		if of.base.Sign() < 0 || of.tax.Sign() < 0 {
			return fmt.Errorf("service %s: %v and %v of tax were taken back too much", of.name, of.base.Neg(), of.tax.Neg())
		}
	}
	return nil
}
