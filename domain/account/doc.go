// Package account owns what a ledger holds for a workspace: its credit, one balance for each currency.
//
//	granted   by hand, by a bill whose total is negative, by an overpayment, by a credit note, by a void that gives back
//	applied   to an invoice that is opened or finalised
//	refunded  as money
//
// Invariant: a balance is never negative, and it is the sum of its events.
//
// The package does not own why credit comes and goes (domain/invoice, domain/subscription), nor the books (domain/journal).
package account
