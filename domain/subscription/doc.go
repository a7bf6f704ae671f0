// Package subscription owns what a workspace bought: a price with its terms as they were, a number of seats, the way of
// payment, the current period, and the charges in force.
//
// The subscriptions of a workspace live one after the other in one stream, so that "at most one that is not terminal" is
// a rule of the stream. The state is the latest of them. A new one names its predecessor.
//
//	none, terminal ── Create ──► active, or incomplete until its first invoice is paid, or incomplete_expired
//	               ── StartTrial ──► trialing ── ConvertTrial, Run ──► active, or paused, canceled, expired
//	active ── Run, MissPayment ──► past_due ── Run ──► restricted; Settle of all that is overdue leads back from both
//	active ── Pause ──► paused ── Resume ──► active
//	any ── Cancel, Run ──► canceled
//
// Three things can wait, at most one of each: a PendingChange of price and seats for the next period, which a renewal, a
// resume or an upgrade begins, a PendingUpdate for money, and a Cancellation, which refuses what would come after it. What
// costs money at once waits for it only where the collection is automatic; it then happens exactly as it was priced, or not
// at all.
//
// A change is priced once, by [State] alone: an [Update] says what will be and carries its bill, and previews, quotes,
// commands and renewals all make theirs by the same functions. A quote names the stream's version, so that its change
// has the same lines to the minor unit or is refused.
//
// An invoice that is overdue has a [Ladder], by the policy of the ledger, which comes with the commands as instants. The ladder that
// counts is that of the invoice that fell due first: the subscription is restricted, and then canceled. While a gateway may be
// taking money for what is owed, nothing becomes overdue for it, and no step of the ladder is taken.
//
// A [Deadline] tells what happens by itself, and [Run] carries out the first that is due, as of its own instant. All other
// commands get [ErrDue] until that is done. So running late, twice, or in two processes gives the same events.
//
// Whoever issues the commands does more in the same group of events: issues an invoice for each [Billed], and a credit note
// for each part of a [TakenBack]; opens an invoice for each [UpdatePending], and voids it for each [UpdateExpired] and
// [UpdateCanceled]; and copies the seats that the state entitles to into the seat pool. They also say the customer's tax and
// the items that wait, by [State.Taxed] and [State.WithItems], before each decision.
//
// Invariants: the charges in force are those of the current period; each is credited at most once, by at most what is
// left of it beside the lines that lower it, and invoices are told of both, by [State.Prorations]; no line key is given twice;
// boundaries come from the anchor and never from the boundary before.
//
// The package does not own amounts and what is an upgrade (domain/pricing), the calendar (domain/period), who sits on the
// seats (domain/seating; how many are in use comes with the command), invoices (domain/invoice), nor whether a workspace
// had a trial before (domain/trial).
package subscription
