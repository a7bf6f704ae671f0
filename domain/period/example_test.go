package period_test

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

func monthlyInBerlin() period.Schedule {
	anchor := period.Anchor{Date: period.Date{Year: 2026, Month: time.January, Day: 31}}
	schedule, err := period.NewSchedule(anchor, period.Cycle{Interval: period.IntervalMonth, Count: 1}, "Europe/Berlin", period.ProrationDay)
	if err != nil {
		panic(err)
	}
	return schedule
}

// Each boundary comes from the anchor, so that the 31st comes back after February.
func ExampleSchedule_Boundary() {
	schedule := monthlyInBerlin()
	for k := range 4 {
		fmt.Println(schedule.Date(k), schedule.Boundary(k).Format(time.RFC3339))
	}
	// Output:
	// 2026-01-31 2026-01-30T23:00:00Z
	// 2026-02-28 2026-02-27T23:00:00Z
	// 2026-03-31 2026-03-30T22:00:00Z
	// 2026-04-30 2026-04-29T22:00:00Z
}

// The day of a change counts as left.
func ExampleSchedule_Remaining() {
	schedule := monthlyInBerlin()
	change := time.Date(2026, 3, 12, 15, 4, 5, 0, time.UTC)
	fmt.Println(schedule.Remaining(schedule.Containing(change), change))
	// Output: 19/31
}

// A stub costs its share of the full period that ends with it.
func ExampleSchedule_From() {
	schedule := monthlyInBerlin()
	start := time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC)
	stub := schedule.From(start)
	fmt.Println(stub.End.Format(time.RFC3339), schedule.Remaining(stub, start))
	// Output: 2026-01-30T23:00:00Z 11/31
}

func ExampleDate_AddMonths() {
	date := period.Date{Year: 2026, Month: time.January, Day: 31}
	fmt.Println(date.AddMonths(1), date.AddMonths(2))
	// Output: 2026-02-28 2026-03-31
}
