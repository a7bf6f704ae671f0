package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections"
)

// journal holds a client's certain knowledge: its requests, and the acknowledged ones among them.
type journal struct {
	mu    sync.Mutex
	asked map[string]bool // by member
	acked map[string]bool
}

func newJournal() *journal { return &journal{asked: map[string]bool{}, acked: map[string]bool{}} }

func (j *journal) note(of map[string]bool, member string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of[member] = true
}

func (j *journal) acknowledged() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.acked)
}

const loadClients, loadWorkspaces = 16, 5

// load allocates seats to members that nobody had before, from many clients, until ctx ends. A request that was not
// answered is asked again with the same key once there is a server to ask; servers gives the present one.
func (j *journal) load(ctx context.Context, t *testing.T, server func() *server) (wait func()) {
	var clients sync.WaitGroup
	for client := range loadClients {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				member := fmt.Sprintf("m-%d-%d-%x", client, n, rand.Uint32())
				j.note(j.asked, member)
				j.allocate(ctx, t, server, member)
			}
		})
	}
	return clients.Wait
}

func (j *journal) allocate(ctx context.Context, t *testing.T, server func() *server, member string) {
	path := fmt.Sprintf("/v1/workspaces/w-%d/seats", len(member)%loadWorkspaces)
	for ctx.Err() == nil {
		got, err := server().request(ctx, "POST", path, member, fmt.Sprintf(`{"member":%q,"role":"member"}`, member))
		switch {
		case err != nil || got.status == http.StatusServiceUnavailable || strings.Contains(got.body, `"idempotency_in_progress"`):
			time.Sleep(time.Millisecond)
			continue
		case got.status != http.StatusCreated:
			t.Errorf("%s: %d %s", member, got.status, got.body)
			return
		}
		j.note(j.acked, member)
		return
	}
}

// judge holds the ledger against the journal after whatever happened: everything acknowledged is there, nothing is there
// twice, nothing is there that nobody asked for, positions have no hole, and the read models equal rebuilt ones.
func (j *journal) judge(t *testing.T, s *server) {
	t.Helper()
	seen := map[string]int{}
	var last int64
	for _, event := range s.events() {
		if event.Position != last+1 {
			t.Fatalf("position %d follows on %d", event.Position, last)
		}
		last = event.Position
		if event.Type == "seating.allocated.v1" {
			seen[event.Data.Member]++
		}
	}
	for member := range j.acked {
		if seen[member] == 0 {
			t.Errorf("%s was acknowledged and is not there", member)
		}
	}
	for member, times := range seen {
		if times > 1 || !j.asked[member] {
			t.Errorf("%s is there %d times, asked for: %v", member, times, j.asked[member])
		}
	}
	t.Logf("%d asked, %d acknowledged, %d there, %d events", len(j.asked), len(j.acked), len(seen), last)
	s.compareRebuilt(last)
}

// storedPeriod is the period of a bill. That of the books is a month, and stays empty here.
type storedPeriod struct {
	Start, End time.Time
}

// UnmarshalJSON reads the period of a bill.
func (p *storedPeriod) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return nil
	}
	var of struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	}
	err := json.Unmarshal(data, &of)
	p.Start, p.End = of.Start, of.End
	return err
}

type storedEvent struct {
	Position int64  `json:"position"`
	Type     string `json:"type"`
	Data     struct {
		Member    string       `json:"member"`
		Number    string       `json:"number"`
		Workspace string       `json:"workspace"`
		Reason    string       `json:"reason"`
		Period    storedPeriod `json:"period"`
		Bill      struct {
			Lines []struct {
				Key string `json:"key"`
			} `json:"lines"`
		} `json:"bill"`
	} `json:"data"`
}

// events reads the whole ledger as a stream.
func (s *server) events() []storedEvent {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/v1/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Accept", "application/x-ndjson")
	var got answer
	s.until("the events can be read", func() bool {
		got, err = ask(r)
		return err == nil && got.status == http.StatusOK
	})
	var events []storedEvent
	for line := range strings.Lines(got.body) {
		var event storedEvent
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
		events = append(events, event)
	}
	return events
}

// compareRebuilt rebuilds every read model and compares the new tables with the live ones, byte for byte.
func (s *server) compareRebuilt(position int64) {
	s.t.Helper()
	for _, model := range projections.All() {
		name := model.Name
		live := s.dump(name, position)
		stdout, stderr, code := invoke(s.t, "projection", "rebuild", name, "--data-dir", s.dir)
		if code != exitDone {
			s.t.Fatalf("rebuild %s: exit %d: %s%s", name, code, stdout, stderr)
		}
		if rebuilt := s.dump(name, position); rebuilt != live {
			s.t.Errorf("%s: the rebuilt tables differ from the live ones", name)
		}
	}
}

// databaseURL leads to the private Postgres.
func (s *server) databaseURL() string {
	s.t.Helper()
	url, err := os.ReadFile(filepath.Join(s.dir, "database.url"))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(string(url))
}

// dump hashes the rows of the newest ready version's tables once they hold everything up to a position.
func (s *server) dump(name string, position int64) string {
	s.t.Helper()
	ctx := s.t.Context()
	conn, err := pgx.Connect(ctx, s.databaseURL())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var schema string
	s.until(name+" is up to date", func() bool {
		var reached int64
		err := conn.QueryRow(ctx, `
			SELECT v.projection || '_' || v.version, coalesce(max(c.to_position), 0)
			FROM tallystick.projection_versions v
			LEFT JOIN tallystick.projection_checkpoints c USING (projection, version)
			WHERE v.projection = $1 AND v.ready_at IS NOT NULL AND v.status <> 'dropped'
			GROUP BY v.projection, v.version
			ORDER BY v.version DESC
			LIMIT 1`, name).Scan(&schema, &reached)
		if err != nil {
			s.t.Fatal(err)
		}
		return reached >= position
	})
	rows, err := conn.Query(ctx, `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, schema)
	if err != nil {
		s.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		s.t.Fatalf("tables of %s: %v, %v", schema, tables, err)
	}
	hash := sha256.New()
	for _, table := range tables {
		var content string
		err := conn.QueryRow(ctx, `SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM `+
			pgx.Identifier{schema, table}.Sanitize()+` AS t`).Scan(&content)
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(hash, "%s\n%s\n", table, content)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
