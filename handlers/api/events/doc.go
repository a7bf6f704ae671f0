// Package events serves the log: the events of a ledger or of a stream in order, and how far the read models have applied
// them.
//
// The package does not own the order of events (eventstore) nor the read models (projections).
package events
