package command_test

import (
	"slices"

	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// beside makes the commands on tax and on what is billed beside the seats, nil for another step.
func (l *life) beside(s step, currency money.Currency, amount money.Amount) *eventstore.Command {
	behavior := []string{"exclusive", "inclusive"}[s.n%2]
	line := item.Line{Description: "Work", Quantity: new(int64(1 + s.n%3)), UnitAmount: amount.Plain(), TaxRate: new("0.07"), TaxBehavior: &behavior}
	switch s.do {
	case "tax":
		return new(plain(command.SetTax("w", []tax.Replace{
			{Treatment: pricing.TaxStandard}, {Treatment: pricing.TaxStandard, Rate: new("0.055")},
			{Treatment: pricing.TaxExempt, Reason: "charity"}, {Treatment: pricing.TaxReverseCharge},
		}[s.n%4])))
	case "item":
		return new(plain(command.AddItem("w", new(string(currency)), item.Add{ID: "t" + s.name, Line: line})))
	case "drop item":
		id := "none"
		if waiting := l.items().Waiting; len(waiting) > 0 {
			id = waiting[s.n%len(waiting)].ID
		}
		return new(plain(command.RemoveItem("w", id)))
	case "one-off":
		collection := []string{"automatic", "send_invoice"}[s.n/2%2]
		return new(plain(command.IssueOneOff("w", command.OneOff{
			Invoice: "o" + s.name, Currency: new(string(currency)), Lines: []item.Line{line, line}, Collection: &collection,
		})))
	}
	return nil
}

func (l *life) items() item.State {
	return eventstore.RehearsedState[item.State](l.rehearsal, item.Stream("w"))
}

// checkItems follows each item that ever waited: it waits still, was taken back, or is on one invoice that was issued.
func (l *life) checkItems() {
	var fates []string
	for _, told := range l.told {
		switch e := told.Fact.(type) {
		case item.Removed:
			fates = append(fates, e.ID)
		case item.Billed:
			for _, id := range e.Items {
				state := l.equation.invoices[e.Invoice]
				on := slices.ContainsFunc(state.Bill.Lines, func(line pricing.Line) bool { return line.Key == id })
				if !on || state.Number == "" {
					l.t.Fatalf("item %s is not on invoice %s, which is %s", id, e.Invoice, state.Status)
				}
				fates = append(fates, id)
			}
		}
	}
	for _, waiting := range l.items().Waiting {
		fates = append(fates, waiting.ID)
	}
	for _, told := range l.told {
		added, ok := told.Fact.(item.Added)
		if !ok {
			continue
		}
		if n := count(fates, added.Item.ID); n != 1 {
			l.t.Fatalf("item %s has %d fates", added.Item.ID, n)
		}
	}
	for _, id := range l.equation.order {
		l.checkTreatment(l.equation.invoices[id])
	}
}

// checkTreatment looks for tax where there is none.
func (l *life) checkTreatment(state invoice.State) {
	for _, line := range state.Bill.Lines {
		if line.TaxTreatment != "" && !line.Tax.IsZero() {
			l.t.Fatalf("%v of tax on a line that is %s", line.Tax, line.TaxTreatment)
		}
		if line.TaxBehavior == pricing.TaxBehaviorInclusive && !line.Gross().Equal(line.Base()) {
			l.t.Fatalf("%v of %v is to be paid", line.Gross(), line.Base())
		}
	}
}

func count(all []string, one string) (n int) {
	for _, id := range all {
		if id == one {
			n++
		}
	}
	return n
}
