package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/handlers/command"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

var (
	releaseName    = flag.String("release", "", "write the release of this name, such as 2026-11-billing, to "+releases)
	releaseCommit  = flag.String("commit", "HEAD", "the commit of the release, from which TestTwoReleasesAtOnce builds its program")
	releaseProgram = flag.String("program", "", "the program of the release; that of this source when it is not given")
)

// TestWriteRelease keeps a release for TestEarlierReleases:
//
//	go test ./cmd/tallystick -run TestWriteRelease -release 2026-11-billing
//
// Without a name it writes nothing, and shows that the story still tells of every type of event.
func TestWriteRelease(t *testing.T) {
	t.Parallel()
	program := programCommand
	if *releaseProgram != "" {
		program = func(args ...string) *exec.Cmd { return isolated(*releaseProgram, args...) }
	}
	r := &recorder{server: bootWith(t, program, dataDir(t)), program: program}
	r.openLedgers()
	r.story()
	r.awaitReadModels()
	r.ask()
	r.kept.Types = eventTypes()
	r.expectTypes(r.kept.Types)
	dump := r.dumpAll()
	if *releaseName == "" || t.Failed() {
		return
	}
	commit, err := exec.CommandContext(t.Context(), "git", "rev-parse", *releaseCommit+"^{commit}").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(releases, *releaseName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, commitFile), commit, 0o644); err != nil {
		t.Fatal(err)
	}
	writePacked(t, filepath.Join(dir, dumpFile), dump)
	requests, err := json.Marshal(r.kept, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, requestsFile), append(requests, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// eventTypes lists what this source can write.
func eventTypes() []string {
	var names []string
	for _, streamType := range append([]domain.StreamType{clock.Type}, command.StreamTypes()...) {
		for _, event := range streamType.Events {
			names = append(names, event.Zero.EventType())
		}
	}
	return names
}

func writePacked(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	packer, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := packer.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// recorder is a client of a release that keeps what it is told.
type recorder struct {
	*server
	program func(args ...string) *exec.Cmd
	kept    keptRelease
	seen    string // the position that it knows of
}

// openLedgers makes a live ledger beside the sandbox, and keys of every role that may write.
func (r *recorder) openLedgers() {
	r.t.Helper()
	r.kept.Keys = map[string]string{"admin": r.key}
	r.run("ledger", "create", "live", "--live")
	r.kept.Keys["live"] = r.run("key", "create", "live", "--role", "admin", "--ledger", "live")
	for _, role := range []string{"client", "finance"} {
		r.kept.Keys[role] = r.run("key", "create", role, "--role", role)
	}
}

// run gives what a subcommand of the release prints.
func (r *recorder) run(args ...string) string {
	r.t.Helper()
	stdout, stderr, code := finish(r.t, r.program(append(args, "--data-dir", r.dir)...))
	if code != exitDone {
		r.t.Fatalf("%v: exit %d: %s", args, code, stderr)
	}
	return strings.TrimSpace(stdout)
}

// told is an answer as far as a story needs it.
type told struct {
	ID      string `json:"id"`
	Invoice string `json:"invoice"`
	Quote   string `json:"quote"`
	URL     string `json:"url"`
	Due     struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	} `json:"amount_due"`
}

// tell sends a command that has to succeed, and keeps it with its answer.
func (r *recorder) tell(as, method, path, body string) told {
	r.t.Helper()
	e := exchange{As: as, Method: method, Path: path, Body: body, IdempotencyKey: fmt.Sprintf("%s #%d", path, len(r.kept.Requests))}
	got := e.send(r.server, r.kept.Keys[as], "")
	if got.status/100 != 2 {
		r.t.Fatalf("%s %s %s: %d %s", method, path, body, got.status, got.body)
	}
	e = e.answered(got)
	r.kept.Requests = append(r.kept.Requests, e)
	if as != "live" {
		r.seen = e.Position
	}
	return r.understand(got)
}

// look sends a request that changes nothing, and is not kept.
func (r *recorder) look(method, path, body string) told {
	r.t.Helper()
	got := exchange{Method: method, Path: path, Body: body}.send(r.server, r.kept.Keys["admin"], r.seen)
	if got.status != http.StatusOK {
		r.t.Fatalf("%s %s: %d %s", method, path, got.status, got.body)
	}
	return r.understand(got)
}

// understand reads what a story needs of an answer.
func (r *recorder) understand(got answer) (t told) {
	r.t.Helper()
	r.decode(got, &t)
	return t
}

func (r *recorder) decode(got answer, into any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(got.body), into); err != nil {
		r.t.Fatalf("%s: %v", got.body, err)
	}
}

// write appends an event that no request and no deadline leads to yet.
func (r *recorder) write(stream domain.Stream, event domain.Event) {
	r.t.Helper()
	write(r.t, r.databaseURL(), stream, event)
}

// write appends an event to the default ledger of a database, without a server.
func write(t *testing.T, database string, stream domain.Stream, event domain.Event) {
	t.Helper()
	ctx := t.Context()
	pool, err := eventstore.Connect(ctx, database, eventstore.PoolOptions{Name: "test", Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		t.Fatal(err)
	}
	store, err := eventstore.New(pool, codec, eventstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ledger, err := house.LedgerByName(ctx, pool, house.DefaultLedger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Execute(ctx, ledger, eventstore.Command{
		ID: uuid.New(), Actor: "test", Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			d.Append(stream, event)
			return eventstore.Answer{Status: http.StatusOK, Body: []byte(`{}`)}, nil
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// awaitReadModels waits until all of them show all that there is.
func (r *recorder) awaitReadModels() {
	r.t.Helper()
	behind := regexp.MustCompile(`"lag":[1-9]`)
	r.until("the read models come to the end", func() bool {
		return !behind.MatchString(r.must("GET", "/v1/projections", "", "", http.StatusOK).body)
	})
}

// ask keeps what queries show of every kind of thing.
func (r *recorder) ask() {
	r.t.Helper()
	for _, path := range r.questions() {
		e := exchange{As: "admin", Method: http.MethodGet, Path: path}
		got := e.send(r.server, r.kept.Keys[e.As], r.seen)
		if got.status != http.StatusOK {
			r.t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
		r.kept.Queries = append(r.kept.Queries, e.answered(got))
	}
}

// dumpAll gives the database as SQL that any client can run, without the commands that only psql knows.
func (r *recorder) dumpAll() string {
	r.t.Helper()
	bin, err := postgres.FindBinaries(r.t.Context(), 0)
	if err != nil {
		r.t.Fatal(err)
	}
	stdout, stderr, code := finish(r.t, isolated(filepath.Join(bin, "pg_dump"), "--no-owner", "--no-privileges",
		"--rows-per-insert=100", "--dbname", r.databaseURL()))
	if code != 0 {
		r.t.Fatalf("pg_dump: %s", stderr)
	}
	return regexp.MustCompile(`(?m)^\\.*\n`).ReplaceAllString(stdout, "")
}
