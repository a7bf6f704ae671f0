// Package billingsync owns when a ledger is compared with its gateways by itself, and what came of that.
//
// Each night it is compared once, by the ledger's clock. Nights that passed meanwhile are not made up for: a comparison is always
// of the present. A gateway that can't be reached is tried again each hour, and after a day somebody should know.
//
// Invariants: a comparison is planned at any time after the first one.
//
// The package does not own how both sides are compared, nor what is done about a difference (handlers/process).
package billingsync
