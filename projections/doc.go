// Package projections builds read models from events and answers queries from them.
//
// # Path of an event
//
// Watermill carries pages of positions (eventstore.Feed). For each page a projection opens its own transaction, inserts
// its checkpoint, reads the events, applies them as set-based writes, and commits. The checkpoint's key is (ledger,
// projection, version, from): whoever comes second with the same page conflicts there and goes on, so effects are exactly
// once under crashes, redelivery and two owners. Nothing is written through Watermill's own transaction, because that one
// is committed when a message is given back.
//
// # Versions
//
// A read model's tables stand in a schema of their own for each version: seats_1, seats_2, …. A rebuild fills the next
// version from position 0 while the active one goes on serving, and swaps when it has caught up; the old one goes on, for
// a way back, until it is dropped. A changed Revision of the code starts such a rebuild by itself.
//
// # Invariants
//
//   - Apply is a pure function of the page and the rows: no clock, no network, no randomness. A rebuild equals the live
//     tables, byte for byte.
//   - A checkpoint carries the leaf hash of its last event. A log that was restored to another history stops the
//     projection with an error instead of being skipped.
//   - An event that can't be applied stops its projection at its position, visibly, and nothing behind it is applied.
//
// # Reading your own writes
//
// A query reads the active version, its position and its rows in one snapshot; with a minimum position it waits for it.
//
// The package does not own events or their delivery (package eventstore), never appends any, and knows nothing of HTTP.
// One file per read model holds its apply and its queries; its tables are in migrations/readmodels.
package projections
