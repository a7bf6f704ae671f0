package audit_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore/audit"
)

func body() audit.Body {
	return audit.Body{
		Ledger:      uuid.MustParse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
		Stream:      "seating:acme",
		Version:     7,
		EventID:     uuid.MustParse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"),
		Type:        "seating.allocated.v1",
		Schema:      1,
		EffectiveAt: time.UnixMicro(1_700_000_000_123_456).UTC(),
		Actor:       "AbCdEf123456",
		Command:     uuid.MustParse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5d"),
		Correlation: "request",
		Data:        []byte(`{"member":"ada"}`),
	}
}

// What is stored can't be hashed anew, so these bytes must stay for ever.
func TestTheHashesAreFixed(t *testing.T) {
	t.Parallel()
	hash := body().Hash()
	if got, want := hex.EncodeToString(hash[:]), "a6d70318e5c9d18d9fd80491f562ed1a3d2101b785ff328d029ad79eb5903b63"; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	leaf := audit.Leaf(3, 4, time.UnixMicro(1_700_000_000_654_321), hash)
	if got, want := hex.EncodeToString(leaf[:]), "b6459a354a4bc42bc87155c4b146ce25e09b0fc67258fe1444d5a4fe373621c2"; got != want {
		t.Errorf("leaf %s, want %s", got, want)
	}
}

// The bytes were made independently of this package, by another program.
func TestThePrivateHashIsFixed(t *testing.T) {
	t.Parallel()
	salt := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	private := audit.PrivateHash(salt, []byte(`{"email":"ada@example.com","name":"Ada"}`))
	if got, want := hex.EncodeToString(private[:]), "e0862ff7abd3ac888f764581db8eb67acc4d6dc8ef7ffbc9da15d1db217b9e49"; got != want {
		t.Errorf("private part %s, want %s", got, want)
	}
	covers := body()
	covers.PrivateHash = private[:]
	hash := covers.Hash()
	if got, want := hex.EncodeToString(hash[:]), "174d4edb7ad44b357b6c6e4a170d3d2fe6f6ca1c5c0b0ab0b9b287b5cc92d141"; got != want {
		t.Errorf("body %s, want %s", got, want)
	}
	for name, other := range map[string][32]byte{
		"the salt":                        audit.PrivateHash(append([]byte{1}, salt[1:]...), []byte(`{"email":"ada@example.com","name":"Ada"}`)),
		"the part":                        audit.PrivateHash(salt, []byte(`{"email":"ada@example.com","name":"Adb"}`)),
		"where salt ends and part begins": audit.PrivateHash(append(salt[:16:16], '{'), []byte(`"email":"ada@example.com","name":"Ada"}`)),
	} {
		if other == private {
			t.Errorf("%s does not count", name)
		}
	}
}

// Whatever is altered, left out or moved to the field beside it, the hash is another.
func TestEveryFieldCounts(t *testing.T) {
	t.Parallel()
	seen := map[[32]byte]string{body().Hash(): "nothing"}
	for name, alter := range map[string]func(*audit.Body){
		"ledger":                    func(b *audit.Body) { b.Ledger[0]++ },
		"stream":                    func(b *audit.Body) { b.Stream = "seating:acmf" },
		"version":                   func(b *audit.Body) { b.Version++ },
		"event id":                  func(b *audit.Body) { b.EventID[0]++ },
		"type":                      func(b *audit.Body) { b.Type = "seating.released.v1" },
		"schema":                    func(b *audit.Body) { b.Schema++ },
		"effective at":              func(b *audit.Body) { b.EffectiveAt = b.EffectiveAt.Add(time.Microsecond) },
		"actor":                     func(b *audit.Body) { b.Actor = "" },
		"command":                   func(b *audit.Body) { b.Command[0]++ },
		"correlation":               func(b *audit.Body) { b.Correlation = "reques" },
		"correlation and causation": func(b *audit.Body) { b.Correlation, b.Causation = "reques", "t" },
		"causation":                 func(b *audit.Body) { b.Causation = "t" },
		"private hash":              func(b *audit.Body) { b.PrivateHash = make([]byte, 32); b.PrivateHash[0] = 1 },
		"data":                      func(b *audit.Body) { b.Data = []byte(`{"member":"adb"}`) },
	} {
		altered := body()
		alter(&altered)
		hash := altered.Hash()
		if other, same := seen[hash]; same {
			t.Errorf("altering %s hashes like altering %s", name, other)
		}
		seen[hash] = name
	}
}

func TestWhereAnEventStandsCounts(t *testing.T) {
	t.Parallel()
	at := time.UnixMicro(1_700_000_000_654_321)
	leaf := audit.Leaf(3, 4, at, body().Hash())
	for name, other := range map[string][32]byte{
		"position":    audit.Leaf(2, 4, at, body().Hash()),
		"group_last":  audit.Leaf(3, 5, at, body().Hash()),
		"recorded_at": audit.Leaf(3, 4, at.Add(time.Microsecond), body().Hash()),
		"body":        audit.Leaf(3, 4, at, [32]byte{}),
	} {
		if other == leaf {
			t.Errorf("%s does not count", name)
		}
	}
}
