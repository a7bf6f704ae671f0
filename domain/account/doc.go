// Package account owns what a workspace and the seller owe each other: the workspace's credit, one balance for each currency,
// the issued invoices that expect money, and the money that came and has not gone back.
//
//	granted   by hand, by a bill whose total is negative, by an overpayment, by a credit note, by a void that gives back
//	applied   to an invoice that is opened or finalised, or to the oldest that expects money
//	refunded  as money
//
// Invariants: a balance is never negative, and it is the sum of its events; no more money goes back than came. Whoever issues
// the commands lets credit pay what is expected at once, so that the two never stand side by side.
//
// The package does not own how much an invoice expects (domain/invoice), why credit comes and goes (domain/invoice,
// domain/subscription), nor the books (domain/journal).
package account
