package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/postgres"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	// releases has a directory for each earlier release whose migrations, events or fingerprints differ.
	releases = "testdata/releases"
	// dumpFile has the database as pg_dump wrote it, without owners and privileges, which the next start puts back.
	dumpFile = "dump.sql.gz"
	// requestsFile has a [keptRelease].
	requestsFile = "requests.json"
)

// keptRelease holds what clients of a release were told, beside a dump of the database that it left.
type keptRelease struct {
	Types    []string          `json:"types"` // of the release's events
	Keys     map[string]string `json:"keys"`  // API keys, by the name that exchanges give
	Personal personal          `json:"personal"`
	Offer    offer             `json:"offer"`
	Requests []exchange        `json:"requests"` // commands with their keys, in order
	Queries  []exchange        `json:"queries"`  // after all commands
}

// personal names somebody whose details the events hold.
type personal struct {
	Workspace string `json:"workspace"`
	Name      string `json:"name"`
}

// offer is a quote that nobody has taken.
type offer struct {
	Workspace string `json:"workspace"`
	Price     string `json:"price"`
	Quote     string `json:"quote"`
}

// exchange is one request with its answer.
type exchange struct {
	As             string `json:"as"` // the name of the API key
	Method         string `json:"method"`
	Path           string `json:"path"`
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	Body           string `json:"body,omitempty"`
	Status         int    `json:"status"`
	ETag           string `json:"etag,omitempty"`
	Position       string `json:"ledger_position"`
	Answer         string `json:"answer"`
}

// Every earlier release's database serves on: the program of today starts on it, repeats no command, builds the same read
// models and bills what comes due.
func TestEarlierReleases(t *testing.T) {
	t.Parallel()
	for _, name := range keptReleases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := restored(t, name)
			s.expectTypes(r.Types)
			s.verifyHashes()
			r.repeat(s)
			r.query(s)
			r.adopts(s)
			s.compareRebuilt(int64(len(s.events())))
			r.goOn(s)
			last := s.judgeBooks()
			s.compareRebuilt(last)
			s.forgets(r.Personal.Workspace, r.Personal.Name)
			refusesWriting(t, s.databaseURL(), "tallystick_app_tallystick")
		})
	}
}

func keptReleases(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(releases)
	if err != nil || len(entries) == 0 {
		t.Fatalf("no release in %s: %v", releases, err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func readRelease(t *testing.T, name string) (r keptRelease, dump string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(releases, name, requestsFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(releases, name, dumpFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	sql, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(sql)
}

// restored starts the program on the dump of a release, in a new cluster.
func restored(t *testing.T, name string) (keptRelease, *server) {
	t.Helper()
	r, dump := readRelease(t, name)
	dir := dataDir(t)
	cluster, err := postgres.Start(t.Context(), postgres.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	restoreErr := restore(t.Context(), cluster.URL(), dump)
	if err := cluster.Stop(context.WithoutCancel(t.Context())); err != nil || restoreErr != nil {
		t.Fatal(err, restoreErr)
	}
	if err := house.WriteSecret(filepath.Join(dir, "admin.key"), r.Keys["admin"]); err != nil {
		t.Fatal(err)
	}
	return r, boot(t, dir)
}

// restore runs a dump, which ends at its first error.
func restore(ctx context.Context, url, dump string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return conn.PgConn().Exec(ctx, dump).Close()
}

// expectTypes expects events of every type.
func (s *server) expectTypes(types []string) {
	s.t.Helper()
	stored := map[string]bool{}
	for _, event := range s.events() {
		stored[event.Type] = true
	}
	for _, name := range types {
		if !stored[name] {
			s.t.Errorf("there is no %s: extend the story of release_story_test.go", name)
		}
	}
}

// verifyHashes computes the hashes of all stored events again.
func (s *server) verifyHashes() {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.databaseURL())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(s.t.Context()))
	rows, err := conn.Query(s.t.Context(), `
		SELECT e.ledger_id, e.stream, e.version, e.event_id, e.type, e.schema, e.effective_at, e.actor, e.command, e.correlation,
		       coalesce(e.causation, ''), e.private_hash, e.data, e.position, e.group_last, e.recorded_at, e.leaf_hash, p.salt, p.data
		FROM tallystick.events e
		LEFT JOIN tallystick.private_parts p USING (ledger_id, position)`)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b audit.Body
		var position, groupLast int64
		var recordedAt time.Time
		var leaf, salt, private []byte
		if err := rows.Scan(&b.Ledger, &b.Stream, &b.Version, &b.EventID, &b.Type, &b.Schema, &b.EffectiveAt, &b.Actor, &b.Command, &b.Correlation,
			&b.Causation, &b.PrivateHash, &b.Data, &position, &groupLast, &recordedAt, &leaf, &salt, &private); err != nil {
			s.t.Fatal(err)
		}
		if want := audit.Leaf(position, groupLast, recordedAt, b.Hash()); !bytes.Equal(leaf, want[:]) {
			s.t.Errorf("%s at %d has another leaf hash than it would get today", b.Type, position)
		}
		if want := audit.PrivateHash(salt, private); salt != nil && !bytes.Equal(b.PrivateHash, want[:]) {
			s.t.Errorf("%s at %d has another private hash than it would get today", b.Type, position)
		}
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
}

// toldOnce finds the secrets that an answer tells. A repeat has null there.
var toldOnce = regexp.MustCompile(`"(secret|key)":"(whsec|tallylic)_[^"]+"`)

// repeat sends all commands again.
func (r keptRelease) repeat(s *server) {
	s.t.Helper()
	before := s.eventsOfAll()
	for _, was := range r.Requests {
		got := was.send(s, r.Keys[was.As], "")
		was.Answer = toldOnce.ReplaceAllString(was.Answer, `"$1":null`)
		if again := got.header.Get("Idempotent-Replayed"); again != "true" {
			s.t.Errorf("%s %s is not known: %d %s", was.Method, was.Path, got.status, got.body)
		} else if is := was.answered(got); is != was.withoutSecret() {
			s.t.Errorf("%s %s was answered\n%+v, and is\n%+v", was.Method, was.Path, was, is)
		}
	}
	if after := s.eventsOfAll(); after != before {
		s.t.Errorf("repeating wrote %d events", after-before)
	}
	other := r.Requests[0]
	other.Body = strings.Replace(other.Body, `"name":"`, `"name":"Another `, 1)
	if got := other.send(s, r.Keys[other.As], ""); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `"idempotency_key_reused"`) {
		s.t.Errorf("another request with a used key: %d %s", got.status, got.body)
	}
}

// shownOnce finds the secrets that no repeat shows.
var shownOnce = regexp.MustCompile(`"(key|secret)":"(tallylic|whsec)_[^"]*"`)

func (e exchange) withoutSecret() exchange {
	e.Answer = shownOnce.ReplaceAllString(e.Answer, `"$1":null`)
	return e
}

// query asks for what was shown. Fields may have come since, but none may be gone or differ.
func (r keptRelease) query(s *server) {
	s.t.Helper()
	for _, was := range r.Queries {
		got := was.send(s, r.Keys[was.As], was.Position)
		if got.status != was.Status {
			s.t.Errorf("%s was %d and is %d %s", was.Path, was.Status, got.status, got.body)
			continue
		}
		var before, now any
		if err := json.Unmarshal([]byte(was.Answer), &before); err != nil {
			s.t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(got.body), &now); err != nil {
			s.t.Fatal(err)
		}
		if lost := missing(before, now, was.Path); lost != "" {
			s.t.Error(lost)
		}
	}
}

// ruled holds the fields that rules of later releases show otherwise, with what they may be now.
var ruled = map[string]func(was, is any) bool{
	"available_actions": func(was, is any) bool { // more became possible while an end or a payment is awaited
		now, _ := is.([]any)
		return !slices.ContainsFunc(was.([]any), func(action any) bool { return !slices.Contains(now, action) })
	},
	"due_at":       func(_, is any) bool { return is == nil },  // nothing is due of a negative total
	"is_cancelled": func(_, is any) bool { return is == true }, // a trial that ended counts
}

// missing finds what was shown and is not any more; "" for nothing.
func missing(was, is any, at string) string {
	switch before := was.(type) {
	case map[string]any:
		now, _ := is.(map[string]any)
		for name, value := range before {
			if allowed, found := ruled[name]; found && allowed(value, now[name]) {
				continue
			}
			if lost := missing(value, now[name], at+" "+name); lost != "" {
				return lost
			}
		}
		return ""
	case []any:
		now, _ := is.([]any)
		for i := range before {
			if len(now) != len(before) {
				return fmt.Sprintf("%s had %d elements and has %d", at, len(before), len(now))
			}
			if lost := missing(before[i], now[i], fmt.Sprint(at, " ", i)); lost != "" {
				return lost
			}
		}
		return ""
	}
	if was != is {
		return fmt.Sprintf("%s was %v and is %v", at, was, is)
	}
	return ""
}

// send makes the request again, with the position that the answer has to show. What is behind or away is asked once more.
func (e exchange) send(s *server, key, position string) answer {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		request, err := http.NewRequestWithContext(s.t.Context(), e.Method, s.url+e.Path, bytes.NewReader([]byte(e.Body)))
		if err != nil {
			s.t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Authorization": "Bearer " + key, "Content-Type": "application/json", "Idempotency-Key": e.IdempotencyKey, "Min-Position": position,
		} {
			if value != "" {
				request.Header.Set(name, value)
			}
		}
		got, err := ask(request)
		if err != nil {
			s.t.Fatalf("%s %s: %v", e.Method, e.Path, err)
		}
		if got.status != http.StatusServiceUnavailable || time.Now().After(deadline) {
			return got
		}
	}
}

// answered is the exchange with another answer.
func (e exchange) answered(a answer) exchange {
	e.Status, e.Answer = a.status, a.body
	e.ETag, e.Position = a.header.Get("ETag"), a.header.Get("Ledger-Position")
	return e
}

// goOn lives on with all that the release left: the offer is taken, what is owed is paid, whatever can be done with a
// subscription is done, new customers come, and two months pass.
func (r keptRelease) goOn(s *server) {
	s.t.Helper()
	s.must("POST", "/v1/workspaces/"+r.Offer.Workspace+"/subscription/upgrade", "take the offer",
		fmt.Sprintf(`{"price":%q,"quote":%q}`, r.Offer.Price, r.Offer.Quote), http.StatusOK)
	for _, owed := range s.unpaid() {
		s.must("POST", "/v1/invoices/"+owed.ID+"/record-payment", "pay "+owed.ID,
			fmt.Sprintf(`{"amount":{"amount":%q,"currency":%q},"reference":"wire"}`, owed.Due.Amount, owed.Due.Currency), http.StatusOK)
	}
	for _, held := range s.subscriptions() {
		for _, step := range []struct{ action, method, path, body string }{
			{"cancel_pending_change", "DELETE", "/subscription/pending-change", ""},
			{"convert_trial", "POST", "/trial/convert", `{"collection":"send_invoice"}`},
			{"resume", "POST", "/subscription/resume", `{"anchor":"now"}`},
			{"uncancel", "POST", "/subscription/uncancel", ""},
			{"change_collection", "PUT", "/subscription/collection", `{"collection":"send_invoice"}`},
			{"remove_unused_seats", "POST", "/subscription/seats/remove-unused", ""},
		} {
			if slices.Contains(held.Actions, step.action) {
				s.step(step.method, "/v1/workspaces/"+held.Workspace+step.path, step.action+" of "+held.Workspace, step.body)
			}
		}
	}
	s.sell()
	s.advanceTo(s.clock().AddDate(0, 2, 0))
}

// step does what can be done. An earlier step may have taken its reason away.
func (s *server) step(method, path, key, body string) {
	s.t.Helper()
	got, err := s.request(s.t.Context(), method, path, key, body)
	if err != nil || got.status/100 != 2 && got.status != http.StatusConflict {
		s.t.Errorf("%s %s: %d %s, %v", method, path, got.status, got.body, err)
	}
}

type heldSubscription struct {
	Workspace string   `json:"workspace"`
	Actions   []string `json:"available_actions"`
}

// subscriptions lists those of all workspaces.
func (s *server) subscriptions() []heldSubscription {
	s.t.Helper()
	var list struct {
		Data []heldSubscription `json:"data"`
	}
	s.read("/v1/subscriptions?limit=100", &list)
	return list.Data
}

type unpaidInvoice struct {
	ID  string `json:"id"`
	Due struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	} `json:"amount_due"`
}

// unpaid lists the invoices that money is expected for.
func (s *server) unpaid() []unpaidInvoice {
	s.t.Helper()
	var list struct {
		Data []unpaidInvoice `json:"data"`
	}
	s.read("/v1/invoices?payment_status=pending&limit=100", &list)
	return list.Data
}
