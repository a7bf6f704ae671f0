// Package engine builds read models from events, keeps them up to date and reads from them.
//
// # Path of an event
//
// Watermill carries pages of positions (eventstore.Feed). For each page a projection opens its own transaction, inserts
// its checkpoint, reads the events, applies them as set-based writes, and commits. The checkpoint's key is (ledger,
// projection, version, from): whoever comes second with the same page conflicts there and goes on, so effects are exactly
// once under crashes, redelivery and two owners. Nothing is written through Watermill's own transaction, because that one
// is committed when a message is given back.
//
// # Looking for pages
//
// A version has one subscription in each process, over all ledgers. What it looks at are the ledgers of which it has
// heard: from the store of its own process, by NOTIFY from others, or from a sweep over all ledgers at the poll interval,
// which is the truth when every signal is lost. Of those with something due, the one that was served longest ago is next.
// A ledger that keeps up rests a moment after each page, so that the next one fills, unless a reader waits.
//
// # Versions
//
// A read model's tables stand in a schema of their own for each version: seats_1, seats_2, …. A rebuild fills the next
// version from position 0 while the active one goes on serving, and swaps when it has caught up; the old one goes on, for
// a way back, until it is dropped. A changed Revision of the code starts such a rebuild by itself, and the Revision of an
// earlier release takes up its retired version again.
//
// A page's transaction holds its version's lock in shared mode. A swap takes the active version's exclusively, so that
// this stands still until the new one has all that was ever shown; a version that does not catch up in a moment is left
// alone for a while. Under steady appends that is the only way to catch up. Dropping takes the lock too, so no page is
// half done on tables that go.
//
// # Invariants
//
//   - Apply is a pure function of the page and the rows: no clock, no network, no randomness. A rebuild equals the live
//     tables, byte for byte.
//   - A checkpoint carries the leaf hash of its last event. A log that was restored to another history stops the
//     projection with an error instead of being skipped; a rebuild is the way out.
//   - An event that can't be applied stops its projection on its ledger at its position, visibly, and nothing behind it is
//     applied until Retry or a rebuild. Not reaching the database is no such failure, and is retried for ever.
//
// # Reading your own writes
//
// A query reads the active version, its position and its rows in one snapshot; with a minimum position it waits for it.
// The active version may be of an earlier revision than the program, until the swap: a change of tables needs queries
// that can read both, or a release in between.
//
// The package does not own events or their delivery (package eventstore), nor any read model: it runs what it is given
// (package projections). It never appends events and knows nothing of HTTP.
package engine
