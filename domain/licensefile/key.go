package licensefile

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// errNoKey says that a file of keys has none.
var errNoKey = errors.New("there is no key")

// KeyID gives the kid of a public key: the first 16 hex digits of its SHA-256.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// ParsePrivateKeys reads Ed25519 keys from blocks of PEM, each PKCS #8. The first one signs.
func ParsePrivateKeys(text []byte) ([]ed25519.PrivateKey, error) {
	return parseKeys[ed25519.PrivateKey](text, privateBlock, x509.ParsePKCS8PrivateKey)
}

// ParsePublicKeys reads Ed25519 keys from blocks of PEM, each PKIX.
func ParsePublicKeys(text []byte) (Trust, error) {
	return parseKeys[ed25519.PublicKey](text, publicBlock, x509.ParsePKIXPublicKey)
}

func parseKeys[K any](text []byte, blockType string, parse func([]byte) (any, error)) ([]K, error) {
	var keys []K
	for n := 1; ; n++ {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		if block.Type != blockType {
			return nil, fmt.Errorf("block %d is a %s, and should be a %s", n, block.Type, blockType)
		}
		parsed, err := parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", n, err)
		}
		key, is := parsed.(K)
		if !is {
			return nil, fmt.Errorf("block %d is not an Ed25519 key", n)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errNoKey
	}
	return keys, nil
}

// EncodePrivateKey writes a key as [ParsePrivateKeys] reads it.
func EncodePrivateKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), err
}

// EncodePublicKey writes a key as [ParsePublicKeys] reads it.
func EncodePublicKey(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), err
}
