// Package engine builds read models from events, keeps them up to date and reads from them.
//
// # Path of an event
//
// Watermill carries messages with pages of positions (eventstore.Feed), each of another ledger. For each message a
// projection opens a transaction of its own, inserts the pages' checkpoints, reads the events of the streams that it reads,
// applies them ledger by ledger as set-based writes, and commits. The checkpoint's key is (ledger, projection, version,
// from). Whoever comes second with the same page conflicts there and goes on without it, so effects are exactly once under
// crashes, redelivery and two owners. Where a message can't be applied, each of its pages is tried alone. Nothing is
// written through Watermill's own transaction, because Watermill commits it when a message is given back. A process applies
// few messages at once, however many read models it has. It reads and decodes an event once for all of them
// (eventstore.Chunks); what it appends itself it does not even read.
//
// # Looking for pages
//
// A version has one subscription in each process, over all ledgers. It looks only at ledgers that have news: the store of
// its own process tells it, other processes tell it by NOTIFY, and a sweep finds what every signal missed. The sweep is one
// for all versions and walks over the ledgers, a few at each poll, so that idle ledgers cost next to nothing; where many
// signals may have been lost it goes over all at once. The ledgers that waited longest are next. A ledger that keeps up
// rests a moment after each page, so that the next page fills, and up to a second where the projection reads nothing of
// it, unless a reader waits.
//
// # Versions
//
// Each version of a read model has its tables in a schema of its own: seats_1, seats_2, …. A rebuild fills the next version
// from position 0 while the one before goes on serving, and swaps when it has caught up. The old version is kept up to date
// for a way back, until it is dropped.
//
// A process reads the newest ready version of its own Revision, and fills one where there is none; until that is ready, its
// queries fail with FillingError. So two releases serve side by side, each from its own tables, and a release that is put
// back finds its versions again. Programs that landed before ready_at read the active version, so it stays one of theirs.
//
// A page's transaction holds its version's lock in shared mode. A swap takes the serving version's lock exclusively, so that
// this version stands still until the new one has all that was ever shown. Under steady appends a filling version catches
// up in no other way; one that does not catch up in a moment is left alone for a while. Dropping takes the lock too, so no
// page is half done on tables that go.
//
// # Invariants
//
//   - Apply is a pure function of the page and the rows: no clock, no network, no randomness. A rebuild equals the live
//     tables, byte for byte.
//   - A checkpoint carries the leaf hash of its last event. A log that was restored to another history stops the
//     projection with an error instead of being skipped; a rebuild is the way out.
//   - An event that can't be applied stops its projection on its ledger at its position, visibly, and nothing behind it is
//     applied until Retry or a rebuild. An unreachable database is no such failure, and is retried for ever.
//   - An event of a newer release is no failure either: the process waits, writes nothing, and says so.
//
// # Reading your own writes
//
// A query reads a version, its position and its rows in one snapshot; with a minimum position it waits for it.
//
// The package does not own events or their delivery (package eventstore), nor any read model: it runs what it is given
// (package projections). It never appends events and knows nothing of HTTP.
package engine
