// Package subscription owns what a workspace bought: a price with its terms as they were, a number of seats, how it is
// paid for, and the period that it is in.
//
// The subscriptions of a workspace live one after the other in one stream, so that "at most one that is not terminal" is
// a rule of the stream. The state is the latest of them. A new one names its predecessor.
//
//	none, terminal ── Create ──► active ── Upgrade, ChangeSeats ──► active
//
// An upgrade is immediate. It keeps the period, unless the new price has another interval: then a new period and anchor
// begin at that instant. More seats are immediate too.
//
// The package does not own amounts and what is an upgrade (domain/pricing), the calendar (domain/period), who sits on the
// seats (domain/seating; how many are in use comes with the command), nor invoices.
package subscription
