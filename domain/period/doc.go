// Package period owns the calendar of billing: when a period begins and ends, which share of it is left, and how a
// civil date becomes an instant in a time zone.
//
// A [Schedule] is an [Anchor] (the civil date and time of day that boundaries repeat), a [Cycle] (every month, every 3
// months, every year) and a time zone. Its boundaries are numbered, and each is computed from the anchor:
//
//	Boundary(k) = the anchor's date plus k cycles, cut to the month's last day, at the anchor's time of day
//
// and never from the boundary before, so that the 31st becomes the 28th in February and the 31st again in March. A
// civil time that a change of clocks skips becomes the first instant after the gap; one that happens twice is the first
// of the two. A [Period] is half open: the instant of its end belongs to the next one, so periods leave no hole and
// never overlap.
//
// Lengths are differences of civil dates, never seconds divided by 86 400, and shares are exact: a [Ratio].
//
// The package does not own what a period costs (domain/pricing), nor when a subscription renews (domain/subscription).
package period
