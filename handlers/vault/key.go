package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
)

// keyBytes is the size of a key.
const keyBytes = 32

// Key seals and opens secrets.
type Key struct {
	id   string
	aead cipher.AEAD
}

// NewKey makes a key of 32 bytes.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != keyBytes {
		return Key{}, fmt.Errorf("a secret key has %d bytes and not %d", keyBytes, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return Key{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256(append([]byte("tallystick/secret-key/v1"), secret...))
	return Key{id: hex.EncodeToString(sum[:8]), aead: aead}, nil
}

// ReadKey reads a key from a file of 32 bytes.
func ReadKey(path string) (Key, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("read the secret key: %w", err)
	}
	key, err := NewKey(secret)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// MakeKey draws a key into a file that only its owner may read, unless there is a file already. It never leaves a part of one.
func MakeKey(path string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	secret := make([]byte, keyBytes)
	// Read never fails: without randomness the program ends.
	_, _ = rand.Read(secret)
	temporary := path + ".new"
	if err := os.WriteFile(temporary, secret, 0o600); err != nil {
		return fmt.Errorf("make a secret key: %w", err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("make a secret key: %w", err)
	}
	return nil
}
