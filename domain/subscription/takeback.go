package subscription

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/pricing"
)

// Reasons why something is taken back.
const (
	TakenBackCanceled = "cancellation"
	TakenBackPaused   = "pause"
)

// TakenBack takes back what is charged and will not be used: a credit note is issued for each of its parts, in the same group
// of events.
type TakenBack struct {
	ID          string     `json:"id"`
	Change      string     `json:"change"`
	Reason      string     `json:"reason"`
	Settlement  Settlement `json:"settlement"` // credit or refund
	TakenBackAt time.Time  `json:"taken_back_at"`
	Parts       []Part     `json:"parts"`
}

// Part holds what is taken back of one invoice. Its bill has a credit line for each line in force, and a negative total.
type Part struct {
	Invoice string       `json:"invoice"`
	Bill    pricing.Bill `json:"bill"`
}

// EventType gives the stored name.
func (TakenBack) EventType() string { return "subscription.taken_back.v1" }

// evolve leaves what is in force: the end that it comes with has put the lines out of it.
func (e TakenBack) evolve(s State) State {
	for _, part := range e.Parts {
		s = s.withCredits(part.Bill)
	}
	return s
}

// takeBackEvents take back the rest of all that is in force, invoice by invoice. An invoice of which nothing is left to take
// back has no part.
func (s State) takeBackEvents(change, reason string, settlement Settlement, at time.Time) ([]Fact, error) {
	if change == "" {
		return nil, errIncomplete
	}
	schedule, err := s.Schedule()
	if err != nil {
		return nil, err
	}
	taken := TakenBack{ID: s.ID, Change: change, Reason: reason, Settlement: settlement, TakenBackAt: at}
	for _, group := range groups(s.InForce) {
		bill, err := pricing.Price(pricing.Order{
			Subscription: s.ID, Change: change, Currency: s.Terms.Currency, Ends: group, Schedule: schedule, At: at,
		})
		if err != nil {
			return nil, err
		}
		if bill.Total.Sign() < 0 {
			taken.Parts = append(taken.Parts, Part{Invoice: group[0].Invoice, Bill: bill})
		}
	}
	if len(taken.Parts) == 0 {
		return nil, nil
	}
	return []Fact{taken}, nil
}

// groups puts together the charges of each invoice, in the order of the invoices. A line by which more seats made the plan
// cheaper stands with each invoice whose charges it lowered: nothing is taken back of it alone.
func groups(debits []pricing.Debit) [][]pricing.Debit {
	var all [][]pricing.Debit
	group := func(invoice string) int {
		return slices.IndexFunc(all, func(group []pricing.Debit) bool { return group[0].Invoice == invoice })
	}
	for _, debit := range debits {
		at := group(debit.Invoice)
		switch {
		case debit.Line.Base().Sign() < 0:
			continue
		case at < 0:
			all = append(all, []pricing.Debit{debit})
		default:
			all[at] = append(all[at], debit)
		}
	}
	for _, debit := range debits {
		var with []int
		for _, part := range debit.Lowers {
			if at := group(part.Invoice); at >= 0 && !slices.Contains(with, at) {
				with, all[at] = append(with, at), append(all[at], debit)
			}
		}
	}
	return all
}
