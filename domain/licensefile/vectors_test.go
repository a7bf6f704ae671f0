package licensefile

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"
)

var writeVectors = flag.Bool("write-vectors", false, "write testdata/vectors.json anew")

// vector is a story as implementations in other languages read it.
type vector struct {
	Name         string          `json:"name"`
	PublicKey    string          `json:"public_key"`
	File         string          `json:"file"`
	Now          time.Time       `json:"now"`
	Workspace    *string         `json:"workspace"`
	Instance     string          `json:"instance"`
	Fingerprint  string          `json:"fingerprint"`
	LastSequence int64           `json:"last_sequence"`
	LastSeen     *time.Time      `json:"last_seen"`
	Want         Verdict         `json:"want"`
	Payload      json.RawMessage `json:"payload"`
}

const vectorsFile = "testdata/vectors.json"

func TestVectors(t *testing.T) {
	t.Parallel()
	if *writeVectors {
		if err := os.WriteFile(vectorsFile, vectorsOf(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stored, vectorsOf(t)) {
		t.Errorf("%s does not have the stories of these tests; -write-vectors writes it", vectorsFile)
	}
	var vectors []vector
	if err := json.Unmarshal(stored, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			key, err := hex.DecodeString(v.PublicKey)
			if err != nil {
				t.Fatal(err)
			}
			q := Query{Instance: v.Instance, Fingerprint: v.Fingerprint, Now: v.Now, Seen: Seen{Sequence: v.LastSequence}}
			if v.Workspace != nil {
				q.Workspace = *v.Workspace
			}
			if v.LastSeen != nil {
				q.Seen.At = *v.LastSeen
			}
			if got := (Trust{key}).Verify([]byte(v.File), q); got.Verdict != v.Want {
				t.Errorf("%s (%s), want %s", got.Verdict, got.Detail, v.Want)
			}
		})
	}
}

func vectorsOf(t *testing.T) []byte {
	var vectors []vector
	for _, s := range stories(t) {
		v := vector{
			Name: s.name, PublicKey: hex.EncodeToString(trust[0]), File: string(s.file), Now: s.ask.Now, Instance: s.ask.Instance,
			Fingerprint: s.ask.Fingerprint, LastSequence: s.ask.Seen.Sequence, Want: s.want, Payload: json.RawMessage("null"),
		}
		if s.ask.Workspace != "" {
			v.Workspace = &s.ask.Workspace
		}
		if !s.ask.Seen.At.IsZero() {
			v.LastSeen = &s.ask.Seen.At
		}
		if payload := trust.Verify(s.file, s.ask).Payload; payload != nil {
			encoded, err := payload.encode()
			if err != nil {
				t.Fatal(err)
			}
			v.Payload = encoded
		}
		if len(s.file) > 2*SizeMax/3 {
			continue // it only shows that there is a bound
		}
		vectors = append(vectors, v)
	}
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(vectors); err != nil {
		t.Fatal(err)
	}
	return written.Bytes()
}
