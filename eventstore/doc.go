// Package eventstore appends events to ledgers, reads them back, and decides commands on the way.
//
// # Model
//
// A ledger's events are numbered 1, 2, 3 … without a hole and in commit order: event n becomes visible together with all
// before it. So a reader's checkpoint is one number, and "is anything missing?" is a query. Within a ledger each stream's
// events are versions 1, 2, 3 …; version 0 is a stream that does not exist yet.
//
// # Writing
//
// The price of dense positions is that appends of one ledger are serial; group commit pays it back. One executor per
// ledger and process takes the commands that wait, decides them in memory on cached states, and sends all their events
// in one round trip to the SQL function append, which is the only way to write. While that batch flushes, the next one
// gathers.
//
// Nothing is answered on a cached state alone. The function confirms, under the ledger's lock, the version of every
// stream that a decision stood on, for refusals and dry runs too. Commands of a batch that share a stream are a
// component: decided one after the other, each on what the one before left, and appended whole or refused whole, because
// the second may stand on an event of the first. What is refused as stale is caught up and decided again; the third try
// holds the lock from before it reads, so a command is decided within three tries and no client sees a conflict of ours.
//
// # Loading
//
// A state that the cache does not hold is folded from its stream before the command joins the queue, by a loader that
// gathers what many callers miss into shared round trips. It reads page by page and keeps each page in the cache, so that a
// long stream is read once however little time its callers have. An event that can't be read fails the commands on its
// stream and no others.
//
// Stream types may declare snapshots. A goroutine keeps one for each stream once enough events have passed, and a load begins
// there if the log still has the event that the snapshot was folded up to. They are a cache: whatever happens to their table,
// streams are read from their beginning.
//
// # Keys
//
// Keys are unique in the table of idempotency, and nearly all are new, so append writes the key of a command that does
// something without looking for it first. A batch with a key that was used before is refused by the table, and sent once
// more with all its keys looked up; the repeat is answered from its row, and its neighbours are none the wiser.
//
// # Private parts
//
// Personal data is in an event's private part, which stands in a table of its own beside a random salt; the event keeps a
// hash of both, and its leaf covers that. An event whose type erases makes append delete the parts and salts of its stream's
// earlier events in the same transaction: positions, versions, leaves and replay stay as they were, and readers find those
// events without a part. Nothing else keeps a copy: answers that are stored with a key must not have any, of a client's key
// only a hash is kept, and of a request only a fingerprint.
//
// Out of reach are the database's own leftovers (dead rows until the next vacuum, the write-ahead log, backups, a log of
// statements with their parameters where somebody switches it on) and the memory of other processes: one that had a stream
// in its cache keeps the old state until it next looks at the stream, evicts it, or ends. It is never answered from, since
// append confirms the version first.
//
// # Invariants
//
//   - positions of a ledger and versions of a stream are dense
//   - all events of one command are contiguous, and carry the position of the last of them (group_last)
//   - recorded_at never decreases with position
//   - a key is used by one command only, and a repeat is answered with what was answered first
//
// # Failure
//
// An error in the values of one command splits the batch until it stands alone. A lost connection is retried until the
// command's deadline: its key makes that safe, because a batch that did commit is recognised by it.
//
// The package does not own any rule of billing (package domain) nor any read model (package projections).
package eventstore
