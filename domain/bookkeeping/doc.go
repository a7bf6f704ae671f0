// Package bookkeeping owns how a ledger's books are kept: their policy, and how far they are.
//
//	SetPolicy ──► policy of invoices that are issued from then on
//	EndMonth  ──► what belongs to a month is earned, once the month is over in the books' time zone
//	Close     ──► nothing is dated into the period any more
//
// Invariants: months end one after the other, and periods are closed in order and never opened again; the time zone stays as it is
// once there is an entry.
//
// The package does not own the entries (domain/journal): its events are among those that they are made of.
package bookkeeping
