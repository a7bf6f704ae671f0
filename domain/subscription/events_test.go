package subscription

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	domain.CheckShapes(t, Type, files, eventExamples()...)
	domain.CheckShape(t, files, "subscription.change_scheduled.v1-price_and_seats", ChangeScheduled{
		ID: "1", PendingChange: PendingChange{Change: "c1", Kind: ChangeOfPriceAndSeats, Terms: basic, Seats: 2, EffectiveAt: now},
	})
	settled := InvoiceSettled{ID: "1", Invoice: "i1", SettledAt: now}
	domain.CheckShape(t, files, "subscription.invoice_settled.v1.settled_at", settled)
	sentAgain := InvoiceOwedAgain{ID: "1", Invoice: "i1", OwedAt: now, OverdueAt: &now, Sent: true}
	domain.CheckShape(t, files, "subscription.invoice_owed_again.v1.sent", sentAgain)
	late := Resumed{ID: "1", Change: "c1", ResumedAt: now, Status: StatusPastDue}
	domain.CheckShape(t, files, "subscription.resumed.v1.past_due", late)
	twelfth := pricing.Discount{Coupon: "twelfth", Name: "A twelfth", PercentOff: "8.33", Duration: pricing.DurationMonths, Months: 3}
	off := pricing.Discount{Coupon: "off", AmountOff: new(usd(1000)), Duration: pricing.DurationPeriods, Periods: 3}
	for _, example := range eventExamples() {
		switch e := example.(type) {
		case Billed:
			sent := e
			sent.OverdueAt = &now
			domain.CheckShape(t, files, e.EventType()+".overdue_at", sent)
			line := e.Bill.Lines[0]
			line.Coupon = &pricing.Use{Coupon: off.Coupon, CycleMonths: 3, EndsAt: new(now.AddDate(0, 9, 0)), Taken: "10/3"}
			line.Discount, e.Bill.Discount, e.Bill.Total = usd(333), usd(333), usd(2667)
			e.Bill.Lines = []pricing.Line{line}
			domain.CheckShape(t, files, e.EventType()+".discounted", e)
			line.Kind, line.Quantity, line.Coupon, line.Discount = pricing.LineKindSeats, 1, nil, usd(0)
			line.Amount, e.Bill.Subtotal, e.Bill.Discount, e.Bill.Total = usd(-333), usd(-333), usd(0), usd(-333)
			line.Lowers = []pricing.Lowered{{Line: "1/seats/c0/20260131T120000Z/charge", Invoice: "i0", Amount: usd(333), Tax: usd(0)}}
			e.Bill.Lines = []pricing.Line{line}
			domain.CheckShape(t, files, e.EventType()+".lowers", e)
		case TrialConverted:
			e.Discount = &twelfth
			domain.CheckShape(t, files, e.EventType()+".coupon", e)
		case UpdatePending:
			e.Kind, e.Reason, e.Discount = ChangeConvert, ReasonCreate, &twelfth
			domain.CheckShape(t, files, e.EventType()+".coupon", e)
		}
	}
}

func eventExamples() []domain.Event {
	plain := func(t pricing.Terms) pricing.Terms {
		t.TrialDays, t.UnitAmount = 0, "10.00"
		return t
	}
	later := createdNow(plain(pro), 3)
	later.ID, later.Previous, later.Stub = "2", new("1"), true
	line := pricing.Line{
		Key: "1/seats/c1/20260131T120000.123456Z/charge", Kind: pricing.LineKindCharge, Description: "3 seats of pro-monthly",
		Price: "pro-monthly", Product: "pro", Quantity: 3, Amount: usd(3000), Discount: usd(0), Tax: usd(0), TaxRate: "0",
		TaxBehavior: pricing.TaxBehaviorExclusive, Period: later.CurrentPeriod,
	}
	bill := pricing.Bill{Currency: "USD", Lines: []pricing.Line{line}, Subtotal: usd(3000), Discount: usd(0), Tax: usd(0), Total: usd(3000)}
	update := PendingUpdate{Update: Update{
		Change: "c1", Kind: ChangeUpgrade, Reason: ReasonChange, Terms: plain(business), Seats: 3, EffectiveAt: now,
		Anchor: later.Anchor, CurrentPeriod: later.CurrentPeriod, Bill: bill,
	}, Invoice: "i1", ExpiresAt: now.Add(updateLife), DaysUntilDue: 0}
	return append([]domain.Event{
		later,
		Upgraded{ID: "1", From: "pro-monthly", Terms: plain(business), EffectiveAt: now, Anchor: later.Anchor,
			CurrentPeriod: later.CurrentPeriod},
		Downgraded{ID: "1", Change: "c1", From: "pro-monthly", Terms: plain(basic), EffectiveAt: now},
		SeatsChanged{ID: "1", From: 3, To: 5, EffectiveAt: now},
		ChangeScheduled{ID: "1", PendingChange: PendingChange{Change: "c1", Kind: ChangeDowngrade, Terms: plain(basic), Seats: 3,
			EffectiveAt: now}},
		ChangeUnscheduled{ID: "1", Change: "c1", Reason: UnscheduledReplaced},
		UpdatePending{ID: "1", PendingUpdate: update},
		Billed{ID: "1", Change: "c1", Invoice: "i1", Reason: ReasonCreate, BilledAt: now, DaysUntilDue: 30,
			Period: later.CurrentPeriod, Bill: bill, Refund: new(usd(100))},
		LinesCredited{ID: "1", Lines: []CreditedLine{{Key: line.Key, Amount: usd(100), Tax: usd(19)}}},
		Renewed{ID: "1", Anchor: later.Anchor, CurrentPeriod: later.CurrentPeriod},
		Resumed{ID: "1", Change: "c1", ResumedAt: now, Anchor: later.Anchor, CurrentPeriod: later.CurrentPeriod},
		TrialConverted{ID: "1", Change: "c1", Terms: plain(pro), Seats: 3, ConvertedAt: now, Anchor: later.Anchor,
			CurrentPeriod: later.CurrentPeriod},
		TakenBack{ID: "1", Change: "c1", Reason: TakenBackCanceled, Settlement: SettlementRefund, TakenBackAt: now,
			Parts: []Part{{Invoice: "i1", Bill: bill}}},
		DiscountApplied{ID: "1", Discount: half},
		TrialExtended{ID: "1", From: now, To: now.AddDate(0, 0, 7), Anchor: later.Anchor},
	}, smallEventExamples()...)
}

func smallEventExamples() []domain.Event {
	return []domain.Event{
		Activated{ID: "1", ActivatedAt: now},
		Expired{ID: "1", Status: StatusIncompleteExpired, ExpiredAt: now},
		UpdateApplied{ID: "1", Change: "c1", Invoice: "i1"},
		UpdateExpired{ID: "1", Change: "c1", Invoice: "i1", ExpiredAt: now},
		UpdateCanceled{ID: "1", Change: "c1", Invoice: "i1"},
		UpdateHeld{ID: "1", Invoice: "i1", Held: true},
		CancellationScheduled{ID: "1", CancelAt: now, Settlement: SettlementCredit},
		CancellationRevoked{ID: "1"},
		Canceled{ID: "1", CanceledAt: now, Reason: CanceledRequested, Settlement: SettlementRefund},
		Paused{ID: "1", PausedAt: now},
		BecamePastDue{ID: "1", Invoice: "i1", Since: now},
		InvoiceSettled{ID: "1", Invoice: "i1"},
		Recovered{ID: "1", RecoveredAt: now},
		InvoiceOwedAgain{ID: "1", Invoice: "i1", OwedAt: now},
		DunningBegan{ID: "1", Invoice: "i1", Ladder: Ladder{DueAt: now, RestrictAt: now, CancelAt: &now, Settlement: SettlementCredit}, BeganAt: now},
		DunningHeld{ID: "1", Invoice: "i1", HeldAt: now},
		DunningReleased{ID: "1", Invoice: "i1", ReleasedAt: now},
		Restricted{ID: "1", RestrictedAt: now},
		RestrictionLifted{ID: "1", LiftedAt: now},
		CollectionChanged{ID: "1", Collection: CollectionSendInvoice, DaysUntilDue: 30},
		DiscountRemoved{ID: "1", Coupon: "half"},
		ConversionScheduled{ID: "1"},
	}
}
