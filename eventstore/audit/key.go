package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
)

const (
	algorithmEd25519 = 1
	skeyPrefix       = "PRIVATE+KEY+"
)

// Keys sign the checkpoints of all ledgers. Each log has a name of its own for them: its origin.
type Keys []ed25519.PrivateKey

// errKeys says what a file of keys must hold.
var errKeys = errors.New("a file of audit keys has a signer key in each line: PRIVATE+KEY+name+hash+key")

// GenerateKey draws a key and gives the line that [ReadKeys] reads.
func GenerateKey(name string) (line string, err error) {
	line, _, err = note.GenerateKey(rand.Reader, name)
	return line, err
}

// ReadKeys reads the lines of a file of keys. All of them sign; a key is replaced by adding the new one, and removing the old one
// when everybody has the new one.
func ReadKeys(file []byte) (keys Keys, err error) {
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if _, err := note.NewSigner(line); err != nil {
			return nil, errKeys // never with the line, which is a secret
		}
		// The key itself may have a + in it.
		parts := strings.SplitN(strings.TrimPrefix(line, skeyPrefix), "+", 3)
		key, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
		if err != nil || len(key) != 1+ed25519.SeedSize || key[0] != algorithmEd25519 {
			return nil, errKeys
		}
		keys = append(keys, ed25519.NewKeyFromSeed(key[1:]))
	}
	if len(keys) == 0 {
		return nil, errKeys
	}
	return keys, nil
}

// ValidOrigin reports whether logs may be named so: as a line of a note and as the name of a key.
func ValidOrigin(origin string) bool {
	return origin != "" && strings.IndexFunc(origin, unicode.IsSpace) < 0 && !strings.Contains(origin, "+") && strings.ToValidUTF8(origin, "") == origin
}

// Verifiers gives the keys by which everybody verifies the notes of a log.
func (k Keys) Verifiers(origin string) (vkeys []string) {
	for _, key := range k {
		vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
		if err != nil {
			panic(err) // the key has the size of a key
		}
		vkeys = append(vkeys, vkey)
	}
	return vkeys
}

// signers gives the keys in the form of a log.
func (k Keys) signers(origin string) (skeys []string) {
	for i, vkey := range k.Verifiers(origin) {
		hash, _, _ := strings.Cut(strings.TrimPrefix(vkey, origin+"+"), "+")
		seed := bytes.Join([][]byte{{algorithmEd25519}, k[i].Seed()}, nil)
		skeys = append(skeys, fmt.Sprintf("%s%s+%s+%s", skeyPrefix, origin, hash, base64.StdEncoding.EncodeToString(seed)))
	}
	return skeys
}
