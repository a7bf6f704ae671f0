package eventstore

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore/audit"
)

// encodedFact is an event as it is sent.
type encodedFact struct {
	id     uuid.UUID
	data   []byte
	schema int
	body   [sha256.Size]byte

	private     []byte // canonical JSON; nil, as salt and hash are, for an event without a private part
	salt        []byte
	privateHash []byte
	erases      bool // the private parts of the stream's earlier events
}

// encode seals all events of the command as they will be stored.
func (d *decided) encode(codec *Codec, ledger uuid.UUID) error {
	d.encoded = make([]encodedFact, len(d.proposed))
	for i, proposed := range d.proposed {
		encoded, err := codec.encode(proposed.Fact)
		if err != nil {
			return err
		}
		if err := encoded.seal(&d.pending.command, ledger, proposed); err != nil {
			return err
		}
		d.encoded[i] = encoded
	}
	return nil
}

// seal gives an event its id, the salt of its private part, and its hashes.
func (e *encodedFact) seal(c *Command, ledger uuid.UUID, proposed Proposed) (err error) {
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
