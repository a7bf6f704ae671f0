// Package accesslog keeps who read what is not for everybody: exports, proofs and personal data.
//
// # Invariants
//
//   - an access is kept for good before what it reads is handed out
//   - rows are only ever added: the database refuses all else
//   - a ledger's accesses are numbered 1, 2, 3 … in the order in which they can be seen, so that a reader who goes on behind a
//     number misses none
//
// Many accesses at a time are kept by one transaction. None of this is in the ledger's events: who looks changes nothing.
//
// The package does not own which routes are recorded (handlers/endpoint).
package accesslog
