// Package refund owns one amount of money that goes back to a workspace.
//
//	pending ── Record ──► succeeded
//	pending ── Answer ──► succeeded or failed ── Retry ──► pending
//
// A refund counts as gone back from its creation on, and is owed until the money went back. Money that a gateway took goes back
// by that gateway: an attempt is one request of it, with a key of its own, "<refund>:<n>", by which the gateway tells a repeat
// from another refund. After a failure there are more attempts, until the refund has failed and waits for a person, still owed.
// Money that came by hand goes back by hand.
//
// Answers come in any order and any number of times; the one of the highest rank counts: failed over succeeded over processing
// over unknown, since a bank may send back what the gateway had called a success. Unknown ends by asking, never by sending again.
//
// Invariants: the order and the number of answers do not matter; an attempt begins only when none is open.
//
// The package does not own how much can go back (domain/account, domain/invoice), nor the gateways (handlers/gateway).
package refund
