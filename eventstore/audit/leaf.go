package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// Body holds the fields of an event that the program decides.
type Body struct {
	Ledger      uuid.UUID
	Stream      string
	Version     int64
	EventID     uuid.UUID
	Type        string
	Schema      int
	EffectiveAt time.Time
	Actor       string
	Command     uuid.UUID
	Correlation string
	Causation   string // "" where there is none
	PrivateHash []byte // of the event's private part, also once that is erased; nil where there never was one
	Data        []byte // canonical JSON
}

// Hash returns SHA-256 over "tallystick/body/v1" and the fields in the order above. Each field is preceded by its length as
// four bytes, big endian, so no two bodies have the same bytes. Integers are eight bytes, times microseconds since 1970,
// ids their sixteen bytes, and an absent private part 32 zero bytes.
func (b Body) Hash() [sha256.Size]byte {
	private := b.PrivateHash
	if private == nil {
		private = make([]byte, sha256.Size)
	}
	buffer := make([]byte, 0, 1024) // on the stack while that is enough
	buffer = append(buffer, "tallystick/body/v1"...)
	buffer = appendField(buffer, b.Ledger[:])
	buffer = appendField(buffer, []byte(b.Stream))
	buffer = appendInteger(buffer, b.Version)
	buffer = appendField(buffer, b.EventID[:])
	buffer = appendField(buffer, []byte(b.Type))
	buffer = appendInteger(buffer, int64(b.Schema))
	buffer = appendInteger(buffer, b.EffectiveAt.UnixMicro())
	buffer = appendField(buffer, []byte(b.Actor))
	buffer = appendField(buffer, b.Command[:])
	buffer = appendField(buffer, []byte(b.Correlation))
	buffer = appendField(buffer, []byte(b.Causation))
	buffer = appendField(buffer, private)
	buffer = appendField(buffer, b.Data)
	return sha256.Sum256(buffer)
}

// SaltSize is the length of the salt of a private part.
const SaltSize = 16

// PrivateHash returns the hash by which a body covers an event's private part: SHA-256 over "tallystick/private/v1", the
// salt and the part's canonical JSON, each of the two preceded by its length as in a body. Once salt and part are erased,
// nobody can guess the part from it.
func PrivateHash(salt, part []byte) [sha256.Size]byte {
	buffer := make([]byte, 0, 64+len(part))
	buffer = append(buffer, "tallystick/private/v1"...)
	buffer = appendField(buffer, salt)
	buffer = appendField(buffer, part)
	return sha256.Sum256(buffer)
}

// Leaf returns the hash that the database stores with the event: SHA-256 over 0x00 (RFC 6962's leaf prefix),
// "tallystick/leaf/v1", position, group_last, recorded_at in microseconds (eight bytes each, big endian) and the body's
// hash. The function append computes the same in SQL.
func Leaf(position, groupLast int64, recordedAt time.Time, body [sha256.Size]byte) [sha256.Size]byte {
	buffer := make([]byte, 1, 1+EntrySize) // 0x00
	return sha256.Sum256(appendEntry(buffer, position, groupLast, recordedAt, body))
}

// leafTag begins an entry.
const leafTag = "tallystick/leaf/v1"

// EntrySize is the length of an entry: what is hashed, behind RFC 6962's prefix, into a leaf.
const EntrySize = len(leafTag) + 3*8 + 32

// Entry gives what [Leaf] hashes behind RFC 6962's prefix.
func Entry(position, groupLast int64, recordedAt time.Time, body [32]byte) []byte {
	return appendEntry(make([]byte, 0, EntrySize), position, groupLast, recordedAt, body)
}

func appendEntry(buffer []byte, position, groupLast int64, recordedAt time.Time, body [32]byte) []byte {
	buffer = append(buffer, leafTag...)
	buffer = binary.BigEndian.AppendUint64(buffer, uint64(position))
	buffer = binary.BigEndian.AppendUint64(buffer, uint64(groupLast))
	buffer = binary.BigEndian.AppendUint64(buffer, uint64(recordedAt.UnixMicro()))
	return append(buffer, body[:]...)
}

func appendField(buffer, field []byte) []byte {
	buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(field)))
	return append(buffer, field...)
}

func appendInteger(buffer []byte, n int64) []byte {
	buffer = binary.BigEndian.AppendUint32(buffer, 8)
	return binary.BigEndian.AppendUint64(buffer, uint64(n))
}
