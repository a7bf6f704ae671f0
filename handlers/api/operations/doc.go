// Package operations serves what an operator of a ledger looks after: deadlines that are late, and the clock of a sandbox.
//
// The package does not own how a deadline is carried out (handlers/process).
package operations
