package subscription

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

func drawCoupon(t *rapid.T) *pricing.Discount {
	d := pricing.Discount{Coupon: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "coupon"), Duration: rapid.SampledFrom([]pricing.Duration{
		pricing.DurationOnce, pricing.DurationPeriods, pricing.DurationMonths, pricing.DurationForever,
	}).Draw(t, "duration")}
	switch d.Duration {
	case pricing.DurationPeriods:
		d.Periods = rapid.IntRange(1, 4).Draw(t, "periods")
	case pricing.DurationMonths:
		d.Months = rapid.IntRange(1, 15).Draw(t, "months")
	default:
	}
	if d.Duration == pricing.DurationMonths || rapid.Bool().Draw(t, "percentage") {
		d.PercentOff = rapid.SampledFrom([]string{"1", "12.5", "33.3333", "100"}).Draw(t, "percent")
	} else {
		d.AmountOff = new(usd(rapid.Int64Range(1, 20_000).Draw(t, "amount off")))
	}
	return &d
}

// billOf gives the bill that comes with the events of a command, nil for none.
func billOf(facts []Fact) *pricing.Bill {
	for _, fact := range facts {
		switch e := fact.(type) {
		case Billed:
			return &e.Bill
		case UpdatePending:
			return &e.Bill
		}
	}
	return nil
}

// Whatever coupons a subscription has: a preview is the bill of the change, the upcoming invoice that of the renewal, the
// state by the clock has the discount that the runner leaves, and no discount is more than its line.
func TestCouponProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, now, plan := State{}, day(2031, 1, 31).Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "hours"))*time.Hour), with(basic, func(p *pricing.Terms) {
			p.MinSeats, p.Proration = 1, rapid.SampledFrom([]period.Proration{period.ProrationDay, period.ProrationSecond}).Draw(t, "proration")
		})
		do := func(command Command) []Fact {
			facts, err := Decide(s, command, domain.Meta{Now: now})
			if err != nil {
				t.Fatalf("%T: %v", command, err)
			}
			if s = fold(s, facts); s.PendingUpdate != nil {
				s = fold(s, must(Complete{Invoice: s.PendingUpdate.Invoice}.decide(s, domain.Meta{Now: now})))
			}
			checkDiscounts(t, billOf(facts))
			return facts
		}
		seats, plans := int64(2), []pricing.Terms{plan, pro, business, proYear}
		do(Create{Billing: bill1, ID: "s", Price: plan.Price, Terms: plan, Seats: seats, Coupon: new("c"), Discount: drawCoupon(t),
			Collection: rapid.SampledFrom([]Collection{CollectionAutomatic, CollectionSendInvoice}).Draw(t, "collection")})
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "later")) * time.Hour)
			for s.isDue(now) {
				checkRenewal(t, s)
				if deadline, _ := s.NextDeadline(); deadline.Kind != DeadlineRenewal {
					return // nobody pays what is overdue here
				}
				do(Run{Billing: bill1, Operator: true})
			}
			proposal := Proposal{Billing: bill1}
			var change Command
			switch rapid.SampledFrom([]string{"seats", "price", "coupon", "remove", "pause"}).Draw(t, "step") {
			case "seats":
				seats = s.Seats + rapid.Int64Range(1, 4).Draw(t, "more")
				proposal.Seats, change = &seats, ChangeSeats{Billing: bill1, Seats: seats}
			case "price":
				terms := rapid.SampledFrom(plans).Draw(t, "price")
				if pricing.CompareTerms(s.Terms, terms) != pricing.ChangeUpgrade {
					continue
				}
				proposal.Terms, change = &terms, Upgrade{Billing: bill1, Terms: terms}
			case "coupon":
				do(ApplyDiscount{Coupon: "c", Discount: drawCoupon(t)})
				continue
			case "remove":
				if s.Discount != nil {
					do(RemoveDiscount{})
				}
				continue
			case "pause":
				do(Pause{Billing: bill1})
				do(Resume{Billing: bill1, Anchor: new(rapid.SampledFrom([]ResumeAnchor{ResumeNow, ResumeUnchanged}).Draw(t, "anchor"))})
				continue
			}
			preview, err := PreviewChange(s, proposal, now)
			if err != nil {
				t.Fatalf("preview: %v", err)
			}
			if bill := billOf(do(change)); bill == nil || !reflect.DeepEqual(*bill, preview.Bill) {
				t.Fatalf("bill %+v\nof the preview %+v", bill, preview.Bill)
			}
		}
	})
}

func must(facts []Fact, err error) []Fact {
	if err != nil {
		panic(err)
	}
	return facts
}

func checkDiscounts(t *rapid.T, bill *pricing.Bill) {
	if bill == nil {
		return
	}
	for _, line := range bill.Lines {
		if line.Discount.Sign() < 0 || line.Discount.Minor().Cmp(line.Amount.Minor()) > 0 && line.Kind != pricing.LineKindCredit {
			t.Fatalf("line %+v", line)
		}
	}
}

// checkRenewal compares what is shown of a renewal before it with what it does.
func checkRenewal(t *rapid.T, s State) {
	deadline, _ := s.NextDeadline()
	if deadline.Kind != DeadlineRenewal {
		return
	}
	upcoming, _, _, err := s.Upcoming(0, false)
	if err != nil {
		t.Fatalf("upcoming: %v", err)
	}
	facts, err := s.deadlineEvents(deadline, Run{Billing: bill1})
	if bill := billOf(facts); err != nil || bill == nil || !reflect.DeepEqual(*bill, upcoming) {
		t.Fatalf("bill %+v\nwas to be %+v, %v", bill, upcoming, err)
	}
	if after, shown := fold(s, facts).Discount, s.At(deadline.At).Discount; !reflect.DeepEqual(after, shown) {
		t.Fatalf("discount %+v, shown %+v", after, shown)
	}
}
