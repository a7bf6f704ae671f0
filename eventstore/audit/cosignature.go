package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	algorithmCosignature = 4
	timestampSize        = 8
)

var errWitnessKey = errors.New("the key of a witness has the form name+hash+key, and is of the kind cosignature/v1")

// witness verifies the cosignatures of a witness by c2sp.org/tlog-cosignature.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// NewWitness reads the key of a witness.
func NewWitness(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errWitnessKey
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != algorithmCosignature {
		return nil, errWitnessKey
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(key)))
	w := &witness{name: parts[0], hash: binary.BigEndian.Uint32(sum[:]), key: key[1:]}
	if fmt.Sprintf("%08x", w.hash) != parts[1] {
		return nil, errWitnessKey
	}
	return w, nil
}

// Name gives the name of the key.
func (w *witness) Name() string { return w.name }

// KeyHash gives what stands before each signature.
func (w *witness) KeyHash() uint32 { return w.hash }

// Verify reports whether a signature is the witness's, of the text and a time.
func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != timestampSize+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, []byte(signed), signature[timestampSize:])
}
