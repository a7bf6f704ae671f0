package eventstore

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
)

// GroupEventsMax bounds the events of one command. The largest command there is replaces a whole seat list of ten
// thousand by ten thousand others.
const GroupEventsMax = 25_000

// Command holds one intention on its way to becoming events.
type Command struct {
	ID          uuid.UUID
	Name        string            // of what it does, for traces
	Key         string            // the client's idempotency key; "" makes ID the key
	Fingerprint [sha256.Size]byte // of the request, so that a key that comes back with another one is noticed
	// Others are fingerprints of the same request that another release may have stored: an earlier one, or the next.
	Others      [][sha256.Size]byte
	Actor       string
	Correlation string
	Causation   string

	// Reads and Writes are all the streams that Decide may look at, and those it may append to. Where a state says which
	// they are, Decide asks for more by [Decision.Need].
	Reads  []domain.Stream
	Writes []domain.Stream
	// Resource is the stream whose version is the answer's ETag and against which IfMatch is held.
	Resource domain.Stream
	// IfMatch holds the versions of Resource that the client accepts; nil accepts any.
	IfMatch []int64

	// DryRun decides and confirms, but appends and records nothing.
	DryRun bool

	// Lane names those who share what the executor has to give: commands of one lane wait for each other, and lanes take
	// turns.
	Lane string
	// Size is the length of what the command was made of, in bytes. It bounds what waits, and a large one goes alone.
	Size int

	// Decide must be pure: it may run several times, on newer states each time.
	Decide func(*Decision) (Answer, error)
}

func (c *Command) streams() []domain.Stream {
	return append(append(make([]domain.Stream, 0, len(c.Reads)+len(c.Writes)), c.Reads...), c.Writes...)
}

// storedKey gives the command's key in the idempotency table; clients' keys and command ids can't meet, being of different
// lengths. Of a client's key it is a hash, since the fingerprint of a request with personal data may be keyed with it.
func (c *Command) storedKey() []byte {
	if c.Key == "" {
		id := c.ID
		return id[:]
	}
	hash := sha256.Sum256([]byte(c.Key))
	return hash[:]
}

// Answer holds what the client gets for a command that succeeded, and gets again for a repeat.
type Answer struct {
	Status int
	Body   []byte
	// Hold keeps repeats waiting for a time in which [Store.ReplaceAnswer] may put another answer in the place of this one; 0
	// holds nobody up. It is for commands with a client's key.
	Hold time.Duration
}

// Outcome tells what became of a command that succeeded.
type Outcome struct {
	Answer
	Resource domain.Stream
	Version  int64 // of Resource, after the command
	// FirstPosition and LastPosition span the command's events; without events First is Last + 1, and of a dry run Last is
	// the position at which it was confirmed.
	FirstPosition, LastPosition int64
	// Replayed tells a repeat of an earlier command from the command itself.
	Replayed bool
	// Proposed are a dry run's events.
	Proposed []Proposed
}

// Proposed holds an event as decided, before it is stored.
type Proposed struct {
	Stream      domain.Stream
	Version     int64
	EffectiveAt time.Time
	Fact        domain.Event
}

var (
	// ErrOverloaded says that too much waits already. Nothing was done.
	ErrOverloaded = errors.New("too many commands are waiting")
	// ErrUnavailable says that the database could not be reached. Nothing was done.
	ErrUnavailable = errors.New("the database is not available")
	// ErrOutcomeUnknown says that the command may or may not have been done. Repeating it with the same key is safe.
	ErrOutcomeUnknown = errors.New("the outcome is unknown")
	// ErrClosed says that the store is shutting down. Nothing was done.
	ErrClosed = errors.New("the store is closed")
)

// Rejection codes of the store itself.
const (
	CodeKeyReused       = "idempotency_key_reused"
	CodeVersionMismatch = "version_mismatch"
	CodeTooManyEvents   = "too_many_events"
	CodeInProgress      = "idempotency_in_progress"
)

// Decision shows a command the states of its streams while it is decided, and takes its events.
type Decision struct {
	now      time.Time
	streams  []domain.Stream // that the command declared
	states   []folded        // of each
	index    map[domain.Stream]int
	writes   []domain.Stream
	codec    *Codec
	proposed []Proposed
	refused  error // by a rule of the stream type, of the first event that it does not admit
	err      error

	// begin finds what is known of a stream that nothing was read of; nil where nothing may be decided on that.
	begin func(domain.Stream) folded
	begun int // how many streams were added at the end
}

// searchMax bounds the streams that are looked through one by one.
const searchMax = 16

// newDecision puts a command before the states of its streams. Commands are decided in another order than they arrive in, and
// processes' clocks differ; what is decided on an event can't have happened before it.
func newDecision(codec *Codec, p *pending, state func(i int) folded) *Decision {
	d := &Decision{
		now:     p.ledger.Now(p.arrived),
		streams: p.streams,
		states:  make([]folded, len(p.streams)),
		writes:  p.command.Writes,
		codec:   codec,
	}
	for i := range d.states {
		d.states[i] = state(i)
		if d.states[i].effective.After(d.now) {
			d.now = d.states[i].effective
		}
	}
	d.indexStreams()
	return d
}

// indexStreams makes streams quick to find where they are many.
func (d *Decision) indexStreams() {
	if len(d.streams) <= searchMax {
		return
	}
	d.index = make(map[domain.Stream]int, 2*len(d.streams))
	for i, stream := range slices.Backward(d.streams) {
		d.index[stream] = i
	}
}

// mayWrite reports whether the command declared to write a stream. The streams are those that it reads and then those that it
// writes, so the last of them need no search.
func (d *Decision) mayWrite(stream domain.Stream) bool {
	if d.index != nil {
		at, declared := d.index[stream]
		if !declared {
			return false
		}
		if at >= len(d.streams)-len(d.writes) {
			return true
		}
	}
	return slices.Contains(d.writes, stream)
}

// find gives the first place of a stream among those that the command declared, -1 for another.
func (d *Decision) find(stream domain.Stream) int {
	if d.index == nil {
		return slices.Index(d.streams, stream)
	}
	if at, declared := d.index[stream]; declared {
		return at
	}
	return -1
}

// state finds a stream's state, after the events appended so far.
func (d *Decision) state(stream domain.Stream) folded {
	if at := d.find(stream); at >= 0 {
		return d.states[at]
	}
	return folded{}
}

// Now tells the time of the decision by the ledger's clock.
func (d *Decision) Now() time.Time { return d.now }

// Meta gives what the deciders may know of the world.
func (d *Decision) Meta() domain.Meta { return domain.Meta{Now: d.now} }

// Version finds a declared stream's version, after the events appended so far.
func (d *Decision) Version(stream domain.Stream) int64 { return d.state(stream).version }

// Append adds events to a stream that the command declared to write, and folds them at once, so that what is decided
// next in the same command sees them.
func (d *Decision) Append(stream domain.Stream, events ...domain.Event) {
	d.AppendAt(stream, d.now, events...)
}

// AppendAt does the same as of another instant: what is carried out late is effective when it was due. Within a stream it
// never goes back, so that an event that came meanwhile also bounds what is carried out late. An event of the ledger's clock
// sets the time of what is decided behind it.
func (d *Decision) AppendAt(stream domain.Stream, at time.Time, events ...domain.Event) {
	if d.err != nil || len(events) == 0 {
		return
	}
	if !d.mayWrite(stream) {
		d.err = errors.New("command appends to " + string(stream) + ", which it did not declare to write")
		return
	}
	streamType, err := d.codec.streamType(stream)
	if err != nil {
		d.err = err
		return
	}
	current := &d.states[d.find(stream)]
	at = at.UTC().Truncate(time.Microsecond)
	if at.Before(current.effective) {
		at = current.effective
	}
	for i, event := range events {
		if streamType.Admit != nil && d.refused == nil {
			d.refused = streamType.Admit(event)
		}
		d.proposed = append(d.proposed, Proposed{Stream: stream, Version: current.version + int64(i) + 1, EffectiveAt: at, Fact: event})
	}
	current.state, current.version, current.effective = streamType.EvolveAll(current.state, events), current.version+int64(len(events)), at
	if stream == clock.Stream() {
		d.now = at
	}
}

// Need asks for streams to write that the command did not declare, because they follow from a state. It is nil when they
// are all there; else Decide must return it, nothing is done, and the command is decided again with them.
func (d *Decision) Need(streams ...domain.Stream) error {
	var missing []domain.Stream
	for _, stream := range streams {
		if !d.mayWrite(stream) && !slices.Contains(missing, stream) {
			missing = append(missing, stream)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &needError{streams: missing}
}

// Begin does what [Decision.Need] does for a stream that hardly anybody can have written to yet. It takes the stream as the
// cache has it, or else as empty, and spares its loading and a second decision: like every state it is confirmed before
// anything is appended.
func (d *Decision) Begin(stream domain.Stream) error {
	if d.mayWrite(stream) {
		return nil
	}
	if d.begin == nil {
		return d.Need(stream)
	}
	if _, err := d.codec.streamType(stream); err != nil {
		return err
	}
	d.streams, d.states = append(slices.Clip(d.streams), stream), append(d.states, d.begin(stream))
	d.writes = append(slices.Clip(d.writes), stream)
	d.begun++
	if d.index == nil {
		d.indexStreams()
	} else if _, declared := d.index[stream]; !declared {
		d.index[stream] = len(d.streams) - 1
	}
	return nil
}

// needError names the streams that a decision lacks.
type needError struct{ streams []domain.Stream }

func (e *needError) Error() string {
	return fmt.Sprintf("command needs %v, which it did not declare to write", e.streams)
}

// StateOf finds the state of a stream that the command declared, after the events appended so far.
func StateOf[S domain.State](d *Decision, stream domain.Stream) S {
	state, ok := d.state(stream).state.(S)
	if !ok && d.err == nil {
		d.err = errors.New("command looks at " + string(stream) + ", which it did not declare to read")
	}
	return state
}

// hasFingerprint reports whether a stored fingerprint is one of the command's request.
func (c *Command) hasFingerprint(stored []byte) bool {
	return bytes.Equal(stored, c.Fingerprint[:]) ||
		slices.ContainsFunc(c.Others, func(other [sha256.Size]byte) bool { return bytes.Equal(stored, other[:]) })
}
