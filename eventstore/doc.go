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
// Dense positions make the appends of one ledger serial; group commit pays that back. One executor per ledger and process
// takes the commands that wait, decides them in memory on cached states, and sends all their events in one round trip to the
// SQL function append, which is the only way to write. While that batch flushes, the next one gathers. An executor that
// nobody needs ends.
//
// No answer rests on a cached state alone. The function confirms, under the ledger's lock, the version and the last leaf of
// every stream that a decision stood on, for refusals too. It appends a batch whole or does nothing and tells which
// streams are in the way; then the executor sends the others without them.
//
// Commands of a batch that share a stream are a component: decided one after the other, each on what the one before left, and
// sent whole or not at all, because the second may stand on an event of the first. What is stale is caught up and decided
// again; the third try holds the lock from before it reads, so a command is decided within three tries and no client sees a
// conflict of ours.
//
// # Fairness
//
// A command names its lane, which the store gives no meaning: lanes take turns in the queue, so that one that floods it delays
// itself. A heavy command, by its size or by what it first came to, goes alone and after at most eight batches of light ones.
// The queue is bounded in commands and in bytes. A command whose caller has left is dropped before it is decided.
//
// Dry runs never queue. They are decided in their callers' goroutines, a few at a time, and confirmed by one SELECT of all that
// they stood on, without the lock.
//
// Whoever waits for a ledger's lock gives its connection back after a moment, and of the ledgers that are stuck one tries at a
// time.
//
// # Losses
//
// A failover or a restore may take events away that a process knows. Versions can't tell, for others take their place; so
// each state has the leaf of its last event, and the log is asked for that wherever a state is used: by append, by what
// confirms a dry run, and by what reads on. The leaves of a log are the same up to the last one that two of its copies share, so
// a state whose last leaf is there was folded from what is there. Where it is not, all that is known of the ledger is
// dropped, and its commands are loaded and decided again.
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
// The key speaks first, then If-Match, then Decide. Nearly all keys are new, so append writes those of commands that succeeded
// without looking for them; a batch with one that was used is refused by the table, and sent once more with all its keys
// looked up. A command whose key was used is answered from the row of the first, whatever it came to now. A command that brings the key of another one of its batch is a
// repeat of that one if it succeeded, and is decided by itself if it did not.
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
//   - every event decodes: it is decoded again before it is appended, and one that can't be read fails its command alone
//
// # Failure
//
// An error in the values of one command splits the batch until it stands alone. A lost connection is retried until the
// command's deadline: its key makes that safe, because a batch that did commit is recognised by it. Nothing goes on behind the
// deadline of the last command that it is done for.
//
// The package does not own any rule of billing (package domain) nor any read model (package projections).
package eventstore
