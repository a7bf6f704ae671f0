package eventstore

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/audit"
)

// encodedFact holds an event as it is sent.
type encodedFact struct {
	id     uuid.UUID
	data   []byte
	schema int
	body   [sha256.Size]byte
	fact   domain.Event // decoded again, without the private part

	private     []byte // canonical JSON; nil, as salt and hash are, for an event without a private part
	salt        []byte
	privateHash []byte
	erases      bool // the private parts of the stream's earlier events
}

// sealAloneMax bounds the events that are sealed sooner than another goroutine wakes.
const sealAloneMax = 32

// seal encodes the events of the commands that were decided since it was last called, side by side where they are many. A
// command with an event that can't be stored is answered with that fault; what stood on it is decided again.
func (b *batch) seal() {
	fresh := b.decided[b.sealed:]
	b.sealed = len(b.decided)
	events := 0
	for _, d := range fresh {
		events += len(d.proposed)
	}
	faults := make([]error, len(fresh))
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(fresh)); i = next.Add(1) - 1 {
			faults[i] = fresh[i].encode(b.codec, b.ledger.ID)
		}
	}
	var working sync.WaitGroup
	if events > sealAloneMax {
		for range min(runtime.GOMAXPROCS(0), len(fresh)) - 1 {
			working.Go(work)
		}
	}
	work()
	working.Wait()
	for i, d := range fresh {
		if faults[i] != nil {
			b.fail(d, faults[i])
			continue
		}
		for _, encoded := range d.encoded {
			b.bytes += len(encoded.data) + len(encoded.private)
		}
	}
}

// encode seals all events of the command as they will be stored.
func (d *decided) encode(codec *Codec, ledger uuid.UUID) (err error) {
	// An event that does not let itself be encoded is its command's fault and nobody else's.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("encoding panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	d.encoded = make([]encodedFact, len(d.proposed))
	for i := range d.proposed {
		if d.encoded[i], err = codec.encodeChecked(d.proposed[i].Fact); err != nil {
			return err
		}
		if err = d.encoded[i].seal(&d.pending.command, ledger, &d.proposed[i]); err != nil {
			return err
		}
	}
	return nil
}

// encodeChecked encodes a fact and decodes it again: nothing is stored that can't be read.
func (c *Codec) encodeChecked(fact domain.Event) (encoded encodedFact, err error) {
	if encoded, err = c.encode(fact); err != nil {
		return encoded, err
	}
	if encoded.fact, err = c.Decode(fact.EventType(), encoded.schema, encoded.data); err != nil {
		return encoded, fmt.Errorf("an event that can't be read back is not stored: %w", err)
	}
	if encoded.private != nil {
		if _, err = c.join(encoded.fact, encoded.private); err != nil {
			return encoded, fmt.Errorf("an event that can't be read back is not stored: %w", err)
		}
	}
	return encoded, nil
}

// seal gives an event its id, the salt of its private part, and its hashes.
func (e *encodedFact) seal(c *Command, ledger uuid.UUID, proposed *Proposed) (err error) {
	if e.id, err = uuid.NewV7(); err != nil {
		return fmt.Errorf("make an event id: %w", err)
	}
	if e.private != nil {
		e.salt = make([]byte, audit.SaltSize)
		if _, err := rand.Read(e.salt); err != nil {
			return fmt.Errorf("make a salt: %w", err)
		}
		hash := audit.PrivateHash(e.salt, e.private)
		e.privateHash = hash[:]
	}
	e.body = audit.Body{
		Ledger:      ledger,
		Stream:      string(proposed.Stream),
		Version:     proposed.Version,
		EventID:     e.id,
		Type:        proposed.Fact.EventType(),
		Schema:      e.schema,
		EffectiveAt: proposed.EffectiveAt,
		Actor:       c.Actor,
		Command:     c.ID,
		Correlation: c.Correlation,
		Causation:   c.Causation,
		PrivateHash: e.privateHash,
		Data:        e.data,
	}.Hash()
	return nil
}
