// Package usage is the read model of who had a seat from when to when, how many seats were bought, and what each invoice
// bills and each credit note takes back. So seat-days and members' shares of an invoice follow from one position of the log.
//
// # Days
//
// The tables keep instants. A query makes days of them, in the time zone of the workspace's latest subscription, or in UTC
// without one. A day counts as it ends, because the day of a change belongs to what comes after: a seat given on the 11th
// of a month of 31 days is held for 21 of them, and one taken back on the 17th for 16. So the days of two ranges that meet
// add up.
//
// # Who holds a seat
//
// An admin or member holds a seat from its allocation to its release. Guests hold none. An invitation holds none either,
// but it keeps a seat in use: the high-water mark counts it until it lapses, whether or not an event says so yet. Nobody
// pays for that seat until the invitation is accepted.
//
// # Shares of an invoice
//
// The shares and the unassigned part add up exactly to the invoice's lines of seats, less their discounts and without tax, as
// they were billed. Each line is shared out by the days of its own period, and a member's days are those of the whole invoice. A
// day of a line has an equal part of it, which all seats share that the workspace had bought as the day ended; the part of a day
// without bought seats is nobody's. Who holds a seat now is counted to the end. What a credit note takes back is shared out
// alike over the days that it takes back, so that a charge and its full reversal come to nothing for everybody. The voiding of
// an invoice changes no share.
//
// The package does not own the seat pool as it is now (projections.Seats), nor prices and rounding (domain/pricing). Tests
// that play whole histories into every read model stand in package projections.
package usage
