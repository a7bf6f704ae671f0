package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var (
	now   = time.Date(2026, 1, 31, 12, 0, 0, 123456000, time.UTC)
	due   = now.AddDate(0, 0, 30)
	spec  = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	month = period.Period{Start: now, End: time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)}
)

func usd(minor int64) money.Amount {
	amount, err := money.FromMinor("USD", minor)
	if err != nil {
		panic(err)
	}
	return amount
}

func line(key string, amount, tax int64) pricing.Line {
	return pricing.Line{
		Key: key, Kind: pricing.LineKindCharge, Description: "3 seats of pro", Price: "pro", Product: "pro", Quantity: 3, Amount: usd(amount),
		Discount: usd(0), Tax: usd(tax), TaxRate: "0.1", TaxBehavior: pricing.TaxBehaviorExclusive, Period: month,
	}
}

func bill(lines ...pricing.Line) pricing.Bill {
	b := pricing.Bill{Currency: "USD", Lines: lines, Subtotal: usd(0), Discount: usd(0), Tax: usd(0), Total: usd(0)}
	for _, l := range lines {
		b.Subtotal, b.Tax, b.Total = b.Subtotal.Plus(l.Net()), b.Tax.Plus(l.Tax), b.Total.Plus(l.Gross())
	}
	return b
}

func drafting(b pricing.Bill) Drafted {
	return Drafted{
		ID: "i", Workspace: "acme", Subscription: new("s"), Reason: ReasonCreate, TimeZone: "UTC", Period: month, Bill: b, DaysUntilDue: 30,
	}
}

// hundred is 60 and 40 with a tax of 10 %: 110.00.
func hundred() Drafted { return drafting(bill(line("a", 6000, 600), line("b", 4000, 400))) }

func finalized(creditApplied, amountDue int64, status PaymentStatus) Finalized {
	return Finalized{ID: "i", Number: "INV-000001", IssuedAt: now, DueAt: &due, CreditApplied: usd(creditApplied),
		AmountDue: usd(amountDue), PaymentStatus: status}
}

func paid(amount, applied, credit, all int64, status PaymentStatus) PaymentRecorded {
	return PaymentRecorded{ID: "i", Amount: usd(amount), Applied: usd(applied), Credit: usd(credit), Reference: "wire",
		PaidAt: now, AmountPaid: usd(all), PaymentStatus: status, Payment: "p"}
}

func noted(total, tax, reduced, credit, refund int64, status PaymentStatus, lines ...CreditedLine) Credited {
	e := Credited{ID: "i", CreditNote: "n", Number: "CN-000001", IssuedAt: now, Reason: "sorry", Lines: lines, Tax: usd(tax),
		Total: usd(total), Reduced: usd(reduced), Credit: usd(credit), Refund: usd(refund), PaymentStatus: status, Workspace: "acme"}
	if reduced > 0 {
		e.SettledAgainst = []Settled{{Invoice: "i", Amount: usd(reduced), WrittenOff: usd(0)}}
	}
	if refund > 0 {
		e.Refunds = []Refund{back(refund)}
	}
	return e
}

// back is a part of the payment p that goes back.
func back(minor int64) Refund {
	return Refund{Refund: "r", Payment: "p", Invoice: "i", Amount: usd(minor)}
}

func prorated(lines ...CreditedLine) LinesProrated {
	return LinesProrated{ID: "i", CreditedOn: "later", Lines: lines}
}

func pay(minor int64) RecordPayment {
	return RecordPayment{Payment: "p", Amount: usd(minor), Reference: "wire", Number: "INV-000001"}
}

func creditOf(minor int64) Credit {
	return Credit{CreditNote: "n", Number: "CN-000001", Amount: new(usd(minor)), Reason: "sorry"}
}
