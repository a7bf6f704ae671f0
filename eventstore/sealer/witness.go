package sealer

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"

	"github.com/tallystick/tallystick/eventstore/audit"
)

const (
	// witnessTimeout bounds a request to the witness, for which sealing waits.
	witnessTimeout = 3 * time.Second
	// witnessRest is the time for which a witness is left alone that did not answer.
	witnessRest = 30 * time.Second
	// witnessTries covers the witness that knows another size than was thought.
	witnessTries = 3
	answerMax    = 64 << 10
)

// Witness cosigns checkpoints by c2sp.org/tlog-witness. It remembers the last one of each log.
type Witness struct {
	URL      string
	verifier note.Verifier
	client   *http.Client
}

// NewWitness makes a client of a witness with its key.
func NewWitness(url, vkey string) (*Witness, error) {
	verifier, err := audit.NewWitness(vkey)
	if err != nil {
		return nil, err
	}
	return &Witness{URL: strings.TrimRight(url, "/"), verifier: verifier, client: &http.Client{
		Timeout: witnessTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// cosign has the witness cosign a checkpoint. Sealing goes on without a witness that does not answer; it is refused where the
// witness knows another history.
func (s *Sealer) cosign(ctx context.Context, tx pgx.Tx, state *sealed, next *Checkpoint, more bool) error {
	known := state.kept(KindWitness, s.Witness.URL)
	s.mu.Lock()
	resting := s.Now().Before(s.witnessAfter)
	s.mu.Unlock()
	if resting {
		return nil
	}
	old := known.Size
	if old > next.Size {
		old = 0 // so that it tells what it knows
	}
	for range witnessTries {
		status, answer, err := s.ask(ctx, tx, state, next, old)
		size, sizeErr := strconv.ParseInt(strings.TrimSpace(answer), 10, 64)
		_, refused := errors.AsType[*Refusal](err)
		switch {
		case refused:
			return err
		case err != nil:
			return s.leave(state, known, err.Error())
		case status == http.StatusOK:
			return s.take(state, known, next, answer)
		case status == http.StatusUnprocessableEntity:
			return refuse("the witness %s knows another history of the first %d events", s.Witness.URL, old)
		case status != http.StatusConflict || sizeErr != nil || size < 0:
			return s.leave(state, known, fmt.Sprintf("the witness answered %d", status))
		case size > next.Size && more:
			return s.leave(state, known, "") // it will be asked about more events
		case size > next.Size:
			return refuse("the witness %s knows %d events, and the ledger has only %d", s.Witness.URL, size, next.Size)
		case size == old:
			return refuse("the witness %s knows another history of the first %d events", s.Witness.URL, old)
		}
		old = size
	}
	return s.leave(state, known, "the witness changes its mind about what it knows")
}

// ask sends a checkpoint, with the proof that it extends the size that the witness knows.
func (s *Sealer) ask(ctx context.Context, tx pgx.Tx, state *sealed, next *Checkpoint, old int64) (status int, answer string, err error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", old)
	if old > 0 {
		hashes, err := next.Consistency(old, tilesOf(ctx, tx, state.ledger, state.tree))
		if err != nil {
			return 0, "", refuse("the tiles do not lead to the root of the checkpoint of %d events: %v", next.Size, err)
		}
		for _, hash := range hashes {
			fmt.Fprintln(&body, base64.StdEncoding.EncodeToString(hash[:]))
		}
	}
	fmt.Fprintf(&body, "\n%s", next.Note)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Witness.URL+"/add-checkpoint", &body)
	if err != nil {
		return 0, "", err
	}
	response, err := s.Witness.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	return response.StatusCode, string(content), err
}

// take adds the witness's signatures to the note.
func (s *Sealer) take(state *sealed, known Outside, next *Checkpoint, lines string) error {
	opened, err := note.Open([]byte(next.Note+lines), note.VerifierList(s.Witness.verifier))
	if err != nil {
		return s.leave(state, known, "the witness's signature is not good: "+err.Error())
	}
	for _, signature := range opened.Sigs {
		next.Note += fmt.Sprintf("— %s %s\n", signature.Name, signature.Base64)
	}
	state.note(Outside{Kind: KindWitness, Name: s.Witness.URL, Size: next.Size, At: next.SignedAt, Note: next.Note})
	return nil
}

// leave lets the witness alone for a while, and notes why.
func (s *Sealer) leave(state *sealed, known Outside, why string) error {
	known.Error = why
	state.note(known)
	if why != "" {
		s.mu.Lock()
		s.witnessAfter = s.Now().Add(witnessRest)
		s.mu.Unlock()
		s.Log.Warn("the witness did not cosign", "ledger", state.ledger.String(), "reason", why)
	}
	return nil
}

// kept gives what is known of one outside copy.
func (state *sealed) kept(kind OutsideKind, name string) Outside {
	for _, known := range state.outside {
		if known.Kind == kind && known.Name == name {
			return known
		}
	}
	return Outside{Kind: kind, Name: name}
}
