package licensefile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func TestKeysComeBack(t *testing.T) {
	t.Parallel()
	var private, public []byte
	for _, key := range []ed25519.PrivateKey{seller, stranger} {
		one, err := EncodePrivateKey(key)
		other, alsoErr := EncodePublicKey(key.Public().(ed25519.PublicKey))
		if err != nil || alsoErr != nil {
			t.Fatal(err, alsoErr)
		}
		private, public = append(private, one...), append(public, other...)
	}
	keys, err := ParsePrivateKeys(private)
	if err != nil || len(keys) != 2 || !keys[0].Equal(seller) || !keys[1].Equal(stranger) {
		t.Errorf("%d private keys, %v", len(keys), err)
	}
	trusted, err := ParsePublicKeys(public)
	if err != nil || len(trusted) != 2 || !trusted[1].Equal(stranger.Public()) {
		t.Errorf("%d public keys, %v", len(trusted), err)
	}
	if got := trusted.Verify(signed(t, stranger, sample()), asked()); got.Verdict != OK {
		t.Errorf("the second key of two: %+v", got)
	}
	if id := KeyID(trusted[0]); len(id) != 16 || strings.ToLower(id) != id || id == KeyID(trusted[1]) {
		t.Errorf("kid %s", id)
	}
	for name, given := range map[string][]byte{"private ones": private, "none": nil, "no PEM": []byte("key"),
		"no DER": pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: bytes.Repeat([]byte{1}, 40)})} {
		if _, err := ParsePublicKeys(given); err == nil {
			t.Errorf("%s are read as public keys", name)
		}
	}
}

func TestAKeyOfAnotherKind(t *testing.T) {
	t.Parallel()
	// X25519 is no key to sign with.
	der, err := x509.MarshalPKIXPublicKey(seller.Public())
	if err != nil {
		t.Fatal(err)
	}
	der[8] = 0x6e // of 1.3.101.112 it makes 1.3.101.110
	if _, err := ParsePublicKeys(pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der})); err == nil || !strings.Contains(err.Error(), "block 1") {
		t.Errorf("%v", err)
	}
}
