package pricing_test

import (
	"fmt"
	"testing"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// The worked examples of other billing systems, under their numbers in our reference, grouped by how they count days.
// Minor units without a currency are written as JPY. Left out are:
//
//	1            arrears
//	9a, partly   its subscription fee of 65 is in arrears
//	12b, partly  100.5 units: seats are whole
//	12c          packages
//	12e          public pages give no tiers
//	18           months of 30 days
//	20e          rounding alone: domain/money
//	20f, 5.1     dates alone: domain/period
//	23a, 23c     recognised revenue, which is the journal's
//	26           not reproducible to the cent; it is a property
//	28           balances, which are domain/invoice's and domain/account's
type example struct {
	number string
	run    func(t *testing.T, e *expecter)
}

type expecter struct{ t *testing.T }

func (e *expecter) lines(bill pricing.Bill, want string) pricing.Bill {
	e.t.Helper()
	if got := amounts(bill); got != want {
		e.t.Errorf("lines %s, want %s", got, want)
	}
	return bill
}

func (e *expecter) total(bill pricing.Bill, want string) pricing.Bill {
	e.t.Helper()
	if got := bill.Total.Plain(); got != want {
		e.t.Errorf("total %s, want %s", got, want)
	}
	return bill
}

func (e *expecter) ratio(bill pricing.Bill, want string) {
	e.t.Helper()
	last := bill.Lines[len(bill.Lines)-1]
	if got := last.Ratio; got == nil || got.String() != want {
		e.t.Errorf("ratio %v, want %s", got, want)
	}
}

func run(t *testing.T, examples []example) {
	t.Helper()
	t.Parallel()
	for _, e := range examples {
		t.Run(e.number, func(t *testing.T) {
			t.Parallel()
			e.run(t, &expecter{t})
		})
	}
}

// HALF-OPEN: the days from the change to the period's end, over those of the full period.
func TestExamplesHalfOpen(t *testing.T) {
	run(t, []example{
		{"2", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "2023-06-29", at("2023-08-29"), monthly("JPY", "1000"), 1)
			e.lines(b.change(monthly("JPY", "0"), at("2023-09-28")), "-32 0")
			_, first := open(t, "UTC", "2024-06-29", at("2023-09-28"), yearly("JPY", "12000"), 1)
			e.lines(first, "9016")
			e.ratio(first, "275/366")
		}},
		{"3", func(t *testing.T, e *expecter) {
			b, first := open(t, "UTC", "2023-07-19", at("2023-11-19"), yearly("JPY", "118800"), 1)
			e.lines(first, "78875")
			if want := at("2024-07-19"); !b.period.End.Equal(want) {
				t.Errorf("ends %v, want %v", b.period.End, want)
			}
		}},
		{"4a", func(t *testing.T, e *expecter) {
			plan := func(unit string) pricing.Terms {
				return taxed(monthly("JPY", unit), "0.25", pricing.TaxBehaviorExclusive)
			}
			b, first := open(t, "UTC", "2024-03-01", at("2024-03-05"), plan("1000"), 1)
			e.lines(first, "871")
			for _, change := range []struct{ at, plan, lines, credit string }{
				{"2024-03-12T12:12:00Z", "1500", "-645 968", "-806"},
				{"2024-03-12T13:12:00Z", "1900", "-968 1226", "-1210"},
			} {
				bill := e.lines(b.change(plan(change.plan), at(change.at)), change.lines)
				if got := bill.Lines[0].Gross().Plain(); got != change.credit {
					t.Errorf("credit with tax %s, want %s", got, change.credit)
				}
			}
		}},
		{"5", func(t *testing.T, e *expecter) {
			ends := period.DaysLater(at("2024-03-05T12:12:00Z"), 10, at("2024-03-05").Location(), period.ProrationDay)
			_, first := open(t, "UTC", "2024-03-01", ends, monthly("JPY", "5000000"), 1)
			e.lines(first, "2741935")
		}},
		{"9a", func(t *testing.T, e *expecter) {
			_, first := open(t, "UTC", "2023-07-01", at("2023-07-19"), monthly("USD", "1.00"), 10)
			e.lines(first, "4.19")
			_, first = open(t, "UTC", "2023-07-01", at("2023-07-19"), monthly("USD", "3.00"), 5)
			e.lines(first, "6.29")
			b, _ := open(t, "UTC", "2023-08-01", at("2023-08-01"), price("x", "USD", "15.00", period.IntervalMonth, 1), 1)
			e.total(b.change(price("y", "USD", "100.00", period.IntervalMonth, 1), at("2023-08-21")), "30.16")
			_, first = open(t, "UTC", "2023-08-01", at("2023-08-21"), monthly("USD", "20.00"), 1)
			e.lines(first, "7.10")
			e.lines(b.begin(price("y", "USD", "10.00", period.IntervalMonth, 1), 10, at("2023-09-01")), "100.00")
		}},
		{"9c", func(t *testing.T, e *expecter) {
			b, first := open(t, "UTC", "2023-08-01", at("2023-08-10"), monthly("JPY", "1500"), 1)
			e.lines(first, "1065")
			e.lines(b.stop(at("2023-08-22")), "-484")
		}},
		{"11", func(t *testing.T, e *expecter) {
			// On the first day the share is 1, as where nothing is prorated. A decrease waits, so 10 stay charged.
			b, first := open(t, "UTC", "", at("2023-08-01"), monthly("JPY", "1000"), 10)
			e.lines(first, "10000")
			e.lines(b.addSeats(15, at("2023-08-01")), "5000")
			e.lines(b.addSeats(20, at("2023-08-01")), "5000")
		}},
		{"13", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "2023-07-01", at("2023-07-01"), monthly("USD", "1.00"), 1)
			e.ratio(b.addSeats(2, at("2023-07-11")), "21/31")
			e.ratio(b.addSeats(3, at("2023-07-16")), "16/31")
			// What was used between two days is the difference of what was left: to the end, to a termination whose day
			// is still used, and to an upgrade whose day is not.
			for _, used := range []struct {
				from, to string
				days     int64
			}{{"2023-07-01", "2023-07-17", 16}, {"2023-07-09", "2023-07-25", 16}, {"2023-07-09", "2023-07-24", 15}} {
				from, to := b.schedule.Remaining(b.period, at(used.from)), b.schedule.Remaining(b.period, at(used.to))
				if from.Num-to.Num != used.days || from.Den != 31 {
					t.Errorf("%s to %s: from %v to %v, want %d days", used.from, used.to, from, to, used.days)
				}
			}
		}},
		{"14", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2012-05-01"), monthly("USD", "249.95"), 1)
			ten, _ := money.Parse("USD", "10.00")
			b.inForce[0] = b.inForce[0].Credit(ten, ten.Mul(0))
			e.total(e.lines(b.change(monthly("USD", "9.95"), at("2012-05-02")), "-239.95 9.63"), "-230.32")
		}},
		{"15", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2013-08-18"), yearly("USD", "2399.95"), 1)
			e.lines(b.stop(at("2013-09-17")), "-2202.69")
			b, _ = open(t, "UTC", "", at("2013-08-18"), yearly("USD", "2399.95"), 1)
			e.total(b.changeInterval(monthly("USD", "249.95"), at("2013-08-18")), "-2150.00")
		}},
		{"16", func(t *testing.T, e *expecter) {
			for _, paused := range [][2]string{{"2012-03-04", "-233.82"}, {"2012-03-05", "-225.76"}} {
				b, _ := open(t, "UTC", "2012-03-02", at("2012-03-02"), monthly("USD", "249.95"), 1)
				e.lines(b.stop(at(paused[0])), paused[1])
				e.lines(b.begin(b.terms, 1, at("2012-04-05")), "224.96")
			}
		}},
		{"19e", func(t *testing.T, e *expecter) {
			for seats, want := range map[int64]string{7: "209.65", 10: "299.50"} {
				b, first := open(t, "UTC", "2012-01-31", at("2012-02-29"), monthly("USD", "29.95"), seats)
				for _, end := range []string{"2012-03-31", "2012-04-30", "2012-05-31", "2012-06-30", "2012-07-31"} {
					if !b.period.End.Equal(at(end)) {
						t.Errorf("ends %v, want %s", b.period.End, end)
					}
					e.lines(first, want)
					first = b.begin(b.terms, seats, b.period.End)
				}
			}
		}},
		{"19f", func(t *testing.T, e *expecter) {
			start := at("2012-03-31T08:00:00Z") // midnight in Juneau
			b, first := open(t, "America/Juneau", "", start, monthly("USD", "249.95"), 1)
			for range 18 {
				e.lines(first, "249.95")
				first = b.begin(b.terms, 1, b.period.End)
			}
			// A trial of 30 days with a change of clocks inside ends on the 31st, which the periods keep.
			angeles, err := period.LoadZone("America/Los_Angeles")
			if err != nil {
				t.Fatal(err)
			}
			ends := period.DaysLater(at("2017-03-02T07:30:00Z"), 30, angeles, period.ProrationDay)
			b, first = open(t, angeles.String(), "", ends, monthly("USD", "249.95"), 1)
			for _, end := range []string{"2017-04-30T07:00:00Z", "2017-05-31T07:00:00Z"} {
				e.lines(first, "249.95")
				if !b.period.End.Equal(at(end)) {
					t.Errorf("ends %v, want %s", b.period.End, end)
				}
				first = b.begin(b.terms, 1, b.period.End)
			}
		}},
		{"23h", func(t *testing.T, e *expecter) {
			_, february := open(t, "UTC", "2023-03-01", at("2023-02-15"), monthly("USD", "1.00"), 1)
			e.ratio(february, "14/28")
			_, january := open(t, "UTC", "2023-02-01", at("2023-01-15"), monthly("USD", "1.00"), 1)
			e.ratio(january, "17/31")
		}},
		{"23i", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2023-02-01"), monthly("USD", "12.00"), 1)
			e.lines(b.change(monthly("USD", "24.00"), at("2023-02-08")), "-9.00 18.00")
		}},
		{"24", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2012-04-01"), monthly("USD", "60.00"), 1)
			e.total(e.lines(b.change(monthly("USD", "30.00"), at("2012-04-21")), "-20.00 10.00"), "-10.00")
		}},
		{"25", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2023-09-01"), monthly("USD", "30.00"), 1)
			e.total(b.change(monthly("USD", "60.00"), at("2023-09-16")), "15.00")
		}},
		{"27", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2023-06-01"), monthly("USD", "10.00"), 4)
			e.lines(b.addSeats(5, at("2023-06-16")), "5.00")
		}},
	})
}

// 19 and 19b: whole cycles and stubs on both sides; the stub at the end is what is left of the whole when it stops.
func TestExamplesOfCycles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		anchor, start, end string
		terms              pricing.Terms
		first, used        string
	}{
		{"2011-01-15", "2011-01-01", "2012-01-27", yearly("USD", "1.00"), "14/365", "12/366"},
		{"2011-01-07", "2011-01-31", "2011-03-10", monthly("USD", "1.00"), "7/31", "3/31"},
		{"2011-03-15", "2011-03-10", "2011-04-21", monthly("USD", "1.00"), "5/28", "6/30"}, // in advance: 5/28 and 2 whole
		{"2012-03-01", "2012-02-01", "2012-02-15", monthly("USD", "1.00"), "", "14/29"},
	} {
		t.Run(tt.start+" to "+tt.end, func(t *testing.T) {
			t.Parallel()
			b, first := open(t, "UTC", tt.anchor, at(tt.start), tt.terms, 1)
			if tt.first != "" {
				(&expecter{t}).ratio(first, tt.first)
			}
			last := b.schedule.Containing(at(tt.end))
			left := b.schedule.Remaining(last, at(tt.end))
			if got := (period.Ratio{Num: left.Den - left.Num, Den: left.Den}).String(); got != tt.used {
				t.Errorf("used %s of the last, want %s", got, tt.used)
			}
		})
	}
}

// TERM-INCL: the day of the end stays with the old plan, so ours ends on the next day.
func TestExamplesTerminationDayIncluded(t *testing.T) {
	run(t, []example{
		{"6", func(t *testing.T, e *expecter) {
			b, first := open(t, "UTC", "2025-02-01", at("2025-02-08"),
				taxed(monthly("JPY", "10000"), "0.2", pricing.TaxBehaviorExclusive), 1)
			e.total(e.lines(first, "7500"), "9000")
			e.total(e.lines(b.stop(at("2025-02-22")), "-2500"), "-3000")
		}},
		{"7", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "2025-02-01", at("2025-02-08"),
				taxed(monthly("JPY", "10000"), "0.2", pricing.TaxBehaviorExclusive), 1)
			e.total(e.lines(b.stop(at("2025-02-09")), "-7143"), "-8572")
		}},
		{"8a", func(t *testing.T, e *expecter) {
			b, _ := open(t, "UTC", "", at("2023-09-01"), taxed(monthly("JPY", "20000"), "0.25", pricing.TaxBehaviorExclusive), 1)
			e.total(e.lines(b.stop(at("2023-09-02")), "-19333"), "-24166")
		}},
	})
}

// +1: the same numbers once the period's end is the next period's first day.
func TestExamplesPlusOne(t *testing.T) {
	run(t, []example{{"20a", func(t *testing.T, e *expecter) {
		b, _ := open(t, "UTC", "", at("2024-03-01"), monthly("USD", "10.00"), 1)
		e.total(e.lines(b.change(monthly("USD", "20.00"), at("2024-03-15")), "-5.48 10.97"), "5.49")
	}}})
}

// SEC: whole seconds.
func TestExamplesBySecond(t *testing.T) {
	run(t, []example{{"23d", func(t *testing.T, e *expecter) {
		b, _ := open(t, "UTC", "", at("2023-04-01"), bySecond(monthly("USD", "90.00")), 1)
		bill := b.change(bySecond(monthly("USD", "120.00")), at("2023-04-21"))
		e.lines(bill, "-30.00 40.00")
		e.ratio(bill, "864000/2592000")
	}}})
}

// 12: tiers, their bounds and what no seats cost.
func TestExamplesOfTiers(t *testing.T) {
	t.Parallel()
	tiers := func(scheme pricing.Scheme, tiers ...pricing.Bracket) pricing.Terms {
		terms := monthly("USD", "")
		terms.Scheme, terms.Tiers = scheme, tiers
		return terms
	}
	upTo := func(n int64, unit, flat string) pricing.Bracket {
		return pricing.Bracket{UpTo: &n, UnitAmount: unit, FlatAmount: flat}
	}
	open := func(unit, flat string) pricing.Bracket { return pricing.Bracket{UnitAmount: unit, FlatAmount: flat} }
	volume := tiers(pricing.SchemeVolume, upTo(100, "2", "10"), upTo(200, "1", "0"), open("0.50", "50"))
	graduated := tiers(pricing.SchemeGraduated, upTo(10, "1", "2"), upTo(20, "0.50", "3"), open("0.25", "0"))
	for _, tt := range []struct {
		terms pricing.Terms
		want  map[int64]string
	}{
		{volume, map[int64]string{0: "10.00", 1: "12.00", 100: "210.00", 101: "101.00", 200: "200.00", 201: "150.50", 300: "200.00"}},
		{graduated, map[int64]string{0: "2.00", 1: "3.00", 10: "12.00", 11: "15.50", 20: "20.00", 21: "20.25"}},
		{monthly("USD", "10.00"), map[int64]string{0: "0.00", 7: "70.00"}},
	} {
		for seats, want := range tt.want {
			t.Run(fmt.Sprintf("%s of %d", tt.terms.Scheme, seats), func(t *testing.T) {
				t.Parallel()
				if got, err := tt.terms.FullAmount(seats); err != nil || got.Plain() != want {
					t.Errorf("%v, %v, want %s", got, err, want)
				}
			})
		}
	}
}
