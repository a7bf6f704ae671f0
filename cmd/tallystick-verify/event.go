package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// event is a stored event in the form of GET /v1/events.
type event struct {
	Position    int64           `json:"position"`
	GroupLast   int64           `json:"group_last"`
	ID          uuid.UUID       `json:"id"`
	Stream      string          `json:"stream"`
	Version     int64           `json:"version"`
	Type        string          `json:"type"`
	Schema      int64           `json:"schema"`
	RecordedAt  time.Time       `json:"recorded_at"`
	EffectiveAt time.Time       `json:"effective_at"`
	Actor       string          `json:"actor"`
	Command     uuid.UUID       `json:"command"`
	Correlation string          `json:"correlation"`
	Causation   *string         `json:"causation"`
	Data        jsontext.Value  `json:"data"`
	Private     *jsontext.Value `json:"private"`
	PrivateHash *string         `json:"private_hash"`
	PrivateSalt *string         `json:"private_salt"`
	LeafHash    string          `json:"leaf_hash"`
}

// decodeEvent reads one.
func decodeEvent(line []byte) (e event, err error) {
	err = json.Unmarshal(line, &e)
	if e.Private != nil && string(*e.Private) == "null" {
		e.Private = nil
	}
	return e, err
}

const (
	bodyTag    = "tallystick/body/v1"
	leafTag    = "tallystick/leaf/v1"
	privateTag = "tallystick/private/v1"
)

// leaf recomputes the event's leaf hash, and reports whether it is the one that stands with it.
//
// The body is SHA-256 over its tag and these fields in this order, each with its length before it as four bytes: ledger, stream,
// version, id, type, schema, effective_at, actor, command, correlation, causation, private hash, data. Integers are eight bytes,
// times microseconds since 1970, ids their sixteen bytes, and a missing private hash is 32 zero bytes. The leaf is SHA-256 over a
// zero byte, its tag, position, group_last and recorded_at in eight bytes each, and the body.
func (e *event) leaf(ledger uuid.UUID) (leaf [sha256.Size]byte, same bool, err error) {
	private := make([]byte, sha256.Size)
	if e.PrivateHash != nil {
		if private, err = hex.DecodeString(*e.PrivateHash); err != nil {
			return leaf, false, err
		}
	}
	causation := ""
	if e.Causation != nil {
		causation = *e.Causation
	}
	body := make([]byte, 0, 512+len(e.Data))
	body = append(body, bodyTag...)
	for _, field := range [][]byte{
		ledger[:], []byte(e.Stream), integer(e.Version), e.ID[:], []byte(e.Type), integer(e.Schema), integer(e.EffectiveAt.UnixMicro()),
		[]byte(e.Actor), e.Command[:], []byte(e.Correlation), []byte(causation), private, e.Data,
	} {
		body = binary.BigEndian.AppendUint32(body, uint32(len(field)))
		body = append(body, field...)
	}
	sum := sha256.Sum256(body)
	hashed := append([]byte{0}, leafTag...)
	for _, n := range []int64{e.Position, e.GroupLast, e.RecordedAt.UnixMicro()} {
		hashed = append(hashed, integer(n)...)
	}
	leaf = sha256.Sum256(append(hashed, sum[:]...))
	return leaf, hex.EncodeToString(leaf[:]) == e.LeafHash, nil
}

func integer(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// checkPrivate verifies the personal part against its hash, and reports whether it was erased.
func (e *event) checkPrivate() (erased bool, err error) {
	switch {
	case e.PrivateHash == nil && (e.Private != nil || e.PrivateSalt != nil):
		return false, bad(e.Position, whatPrivate, "the event has personal data that its leaf does not cover")
	case e.PrivateHash == nil:
		return false, nil
	case e.Private == nil && e.PrivateSalt == nil:
		return true, nil
	case e.Private == nil || e.PrivateSalt == nil:
		return false, bad(e.Position, whatPrivate, "of the personal data and its salt one was taken away")
	}
	salt, err := hex.DecodeString(*e.PrivateSalt)
	hashed := []byte(privateTag)
	for _, field := range [][]byte{salt, *e.Private} {
		hashed = binary.BigEndian.AppendUint32(hashed, uint32(len(field)))
		hashed = append(hashed, field...)
	}
	sum := sha256.Sum256(hashed)
	want, alsoErr := hex.DecodeString(*e.PrivateHash)
	if err != nil || alsoErr != nil || !bytes.Equal(sum[:], want) {
		return false, bad(e.Position, whatPrivate, "the personal data is not what its hash was made of")
	}
	return false, nil
}
