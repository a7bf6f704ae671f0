// Package refund owns one amount of money that goes back to a workspace.
//
//	pending ── Record ──► succeeded
//
// A refund counts as gone back from its creation on, and is owed until it is recorded that it was paid.
//
// The package does not own how much can go back (domain/account, domain/invoice).
package refund
