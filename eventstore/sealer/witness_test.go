package sealer_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
)

// witness cosigns by c2sp.org/tlog-witness, written from the specification alone.
type witness struct {
	b    *bench
	vkey string
	key  ed25519.PrivateKey

	mu    sync.Mutex
	knows map[string]tlog.Tree
	fails int // so many requests with 503
}

func (b *bench) newWitness() (*witness, *sealer.Witness) {
	b.T.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	must(b.T, err)
	w := &witness{b: b, key: private, knows: map[string]tlog.Tree{}}
	content := append([]byte{4}, public...)
	sum := sha256.Sum256(append([]byte("witness.example/w1\n"), content...))
	w.vkey = fmt.Sprintf("witness.example/w1+%x+%s", sum[:4], base64.StdEncoding.EncodeToString(content))
	server := httptest.NewServer(w)
	b.T.Cleanup(server.Close)
	client, err := sealer.NewWitness(server.URL+"/", w.vkey)
	must(b.T, err)
	return w, client
}

// ServeHTTP answers add-checkpoint.
func (w *witness) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := io.ReadAll(request.Body)
	if err != nil || request.URL.Path != "/add-checkpoint" || request.Method != http.MethodPost || w.fails > 0 {
		w.fails--
		answer.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	begin, signed, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(begin, "\n")
	var old int64
	if _, err := fmt.Sscanf(lines[0], "old %d", &old); err != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	origin, _, _ := strings.Cut(signed, "\n")
	tree := w.b.verified(w.b.Keys.Verifiers(origin)[0], signed)
	known := w.knows[origin]
	if old != known.N || old == tree.N && known.Hash != tree.Hash {
		answer.Header().Set("Content-Type", "text/x.tlog.size")
		answer.WriteHeader(http.StatusConflict)
		fmt.Fprintln(answer, known.N)
		return
	}
	var proof tlog.TreeProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		must(w.b.T, err)
		proof = append(proof, hash)
	}
	if old > 0 && tlog.CheckTree(proof, tree.N, tree.Hash, old, known.Hash) != nil || old == 0 && len(proof) > 0 {
		answer.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	w.knows[origin] = tree
	text, _, _ := strings.Cut(signed, "\n\n")
	fmt.Fprint(answer, w.cosign(text+"\n"))
}

func (w *witness) cosign(text string) string {
	at := uint64(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
	signature := ed25519.Sign(w.key, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text))
	parts := strings.Split(w.vkey, "+")
	var hash uint32
	_, err := fmt.Sscanf(parts[1], "%x", &hash)
	must(w.b.T, err)
	raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, hash), at)
	return fmt.Sprintf("— %s %s\n", parts[0], base64.StdEncoding.EncodeToString(append(raw, signature...)))
}

func TestWitness(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, client := b.newWitness()
	b.happen(4) // of which the witness never hears
	b.seal()
	b.Witness = client
	for _, events := range []int{3, 1, 300, 5} {
		b.happen(events)
		b.seal()
		c, tree := b.newest()
		verifier, err := audit.NewWitness(w.vkey)
		must(t, err)
		if _, err := note.Open([]byte(c.Note), note.VerifierList(verifier)); err != nil {
			t.Errorf("the note of %d events is not cosigned: %v\n%s", tree.N, err, c.Note)
		}
	}
	// Another process does not know what the witness knows.
	b.Exec(`UPDATE tallystick.audit_seals SET outside = '[]'`)
	b.happen(2)
	b.seal()
	if got := w.knows["tallystick/"+b.Ledger.ID.String()]; got.N != b.Tail() {
		t.Errorf("the witness knows %d of %d events", got.N, b.Tail())
	}
}

// TestAWitnessThatIsAway keeps nothing from being sealed, and the status tells why.
func TestAWitnessThatIsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, client := b.newWitness()
	b.Witness, w.fails = client, 1
	b.happen(4)
	b.seal()
	outside := b.log().Outside()
	if newest, _ := b.newest(); newest.Size != 4 || len(outside) != 2 || !strings.Contains(outside[0].Error+outside[1].Error, "503") {
		t.Errorf("sealed to %d, outside %+v", newest.Size, outside)
	}
}

// TestAWitnessRemembers: what it knows is refused without any file.
func TestAWitnessRemembers(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"fewer": 5, "other": 30} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			_, client := b.newWitness()
			b.Witness = client
			b.happen(10)
			b.seal()
			b.happen(20)
			b.seal()
			b.cutTo(10)
			b.happen(more)
			b.outside = t.TempDir() // the file is lost with the machine
			b.Sealer = b.sealerWith(b.Keys, b.outside)
			b.Witness = client
			words := map[string]string{"fewer": "knows 30 events, and the ledger has only 15", "other": "knows another history of the first 30 events"}
			b.refuses(words[name])
		})
	}
}
