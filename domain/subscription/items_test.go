package subscription

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// issuedBill gives the bill that facts have.
func issuedBill(t *testing.T, facts []Fact) pricing.Bill {
	t.Helper()
	for _, fact := range facts {
		if billed, ok := fact.(Billed); ok {
			return billed.Bill
		}
	}
	t.Fatalf("nothing is billed: %+v", facts)
	return pricing.Bill{}
}

// What waits joins the first bill and each renewal, in the subscription's currency, and no change; it is never in force, and
// makes no bill's period longer.
func TestItemsJoinBills(t *testing.T) {
	t.Parallel()
	year := day(2020, 1, 1)
	old := pricing.Item{ID: "old", Currency: "USD", Description: "Setup", Quantity: 2, UnitAmount: "3.00", TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive}
	items := []pricing.Item{old, {ID: "abroad", Currency: "EUR", Quantity: 1, UnitAmount: "1.00", TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive}}
	decide := func(s State, c Command) (State, []Fact) {
		t.Helper()
		facts, err := Decide(s.WithItems(items), c, domain.Meta{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return fold(s, facts), facts
	}
	bought, facts := decide(State{}, Create{Billing: bill1, ID: "1", Terms: pro, Seats: 2, Collection: CollectionSendInvoice})
	bill := issuedBill(t, facts)
	if len(bill.Lines) != 2 || bill.Lines[1].Key != "old" || bill.Total.Plain() != "26.00" {
		t.Fatalf("bill %+v", bill)
	}
	if len(bought.InForce) != 1 || bought.InForce[0].Line.Kind != pricing.LineKindCharge || bought.Items != nil {
		t.Errorf("in force %+v, waiting %+v", bought.InForce, bought.Items)
	}
	if p := facts[1].(Billed).Period; p != bought.CurrentPeriod || p.Start.Before(year) {
		t.Errorf("the bill is for %v", p)
	}
	more, facts := decide(bought, ChangeSeats{Billing: Billing{Change: "c2", Invoice: "i2"}, Seats: 3})
	if bill := issuedBill(t, facts); len(bill.Lines) != 1 {
		t.Errorf("a change bills %+v", bill.Lines)
	}
	next, _, ok, err := more.WithItems(items).Upcoming(0, false)
	if err != nil || !ok || len(next.Lines) != 2 || next.Lines[1].Key != "old" {
		t.Errorf("upcoming %+v, %v", next, err)
	}
}

// The tax that was quoted holds, whatever the customer's is by then; without a quote the present one does.
func TestTaxOfQuotes(t *testing.T) {
	t.Parallel()
	exempt := &pricing.Tax{Treatment: pricing.TaxExempt, Reason: "charity"}
	taxed := with(pro, func(t *pricing.Terms) { t.TaxRate = "0.2" })
	facts, err := Decide(State{}, Create{Billing: bill1, ID: "1", Terms: taxed, Seats: 2, Collection: CollectionSendInvoice}, domain.Meta{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s, three := fold(State{}, facts), int64(3)
	for name, test := range map[string]struct {
		quoted, present *pricing.Tax
		tax             string
		quote           bool
	}{
		"without a quote, standard":         {nil, nil, "2.00", false},
		"without a quote, exempt":           {nil, exempt, "0.00", false},
		"quoted by the standard":            {nil, exempt, "2.00", true},
		"quoted exempt, and not any longer": {exempt, nil, "0.00", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := ChangeSeats{Billing: Billing{Change: "c2", Invoice: "i2"}, Seats: three}
			if test.quote {
				preview, err := PreviewChange(s.Taxed(test.quoted), Proposal{Billing: Billing{Change: "q"}, Seats: &three}, now)
				if err != nil {
					t.Fatal(err)
				}
				c.Quote = preview.Quote
			}
			facts, err := Decide(s.Taxed(test.present), c, domain.Meta{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			if bill := issuedBill(t, facts); bill.Tax.Plain() != test.tax {
				t.Errorf("tax %v, want %s", bill.Tax, test.tax)
			}
		})
	}
}
