package licensefile_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
)

// A seller signs a file for an installation, which verifies it without a network and keeps what it has seen.
func Example() {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)) // in earnest one that is drawn, by license keygen
	issued := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	file, err := licensefile.Sign(key, licensefile.Payload{
		ID: "lic-1", Issuer: "ledger-1", Licensee: "Acme Ltd", Product: "business", Seats: 50,
		Features: map[string]json.RawMessage{"sso": json.RawMessage("true")}, Instance: "berlin", Fingerprint: "f00d", Sequence: 1,
		IssuedAt: issued, Expiry: licensefile.ExpiryRestrict, FileExpiresAt: issued.AddDate(0, 0, 30), GraceUntil: issued.AddDate(0, 0, 44),
	})
	if err != nil {
		panic(err)
	}

	trust := licensefile.Trust{key.Public().(ed25519.PublicKey)} // built into the installation
	var seen licensefile.Seen                                    // kept by it
	for _, now := range []time.Time{issued.AddDate(0, 0, 1), issued.AddDate(0, 0, 40), issued.AddDate(0, 0, 2)} {
		result := trust.Verify(file, licensefile.Query{Instance: "berlin", Fingerprint: "f00d", Now: now, Seen: seen})
		seen = result.Seen
		fmt.Println(result.Verdict, result.Verdict.Accepted(), result.Payload.Seats)
	}
	// Output:
	// OK true 50
	// IN_GRACE true 50
	// CLOCK_BACKWARDS false 50
}
