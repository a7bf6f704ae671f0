package main

import (
	"flag"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/eventstore/pgtest/cluster"
)

var standbyReads = flag.Int("standby-reads", 200, "how often TestQueriesOfAStandby reads what it has just written")

// TestQueriesOfAStandby reads what was just written from a streaming standby. The standby is stopped and started under load,
// and promoted; nobody who asks sees an error.
func TestQueriesOfAStandby(t *testing.T) {
	t.Parallel()
	primary, standby := cluster.New(t), cluster.New(t)
	primary.Start(nil)
	primary.Stop()
	primary.CopyTo(standby.Dir)
	primary.Start(nil)
	standby.Follow(primary)
	standby.Start(nil)
	f := newFleetOn(t, primary.URL(), programCommand)
	s := bootWith(t, programCommand, dataDir(t), "--database-url", primary.URL(), "--query-database-url", standby.URL(), "--metrics-listen", "127.0.0.1:0")
	s.key, f.servers = f.key, []*server{s}
	s.sellFreeSeats(1_000_000)
	serves := func(want string) {
		t.Helper()
		s.until("the standby serves: "+want, func() bool { return strings.Contains(s.scrape(), "tallystick_standby_serves "+want) })
	}

	serves("1")
	before := s.answeredBy("standby")
	s.readsItsWrites(*standbyReads)
	if by := s.answeredBy("standby") - before; by < *standbyReads*9/10 {
		t.Errorf("the standby answered %d of %d queries", by, *standbyReads)
	}

	f.come("free", 2, f.allocate)
	stop := f.load()
	f.awaitAsked(50)
	standby.Stop()
	serves("0")
	f.awaitAsked(50)
	standby.Start(nil)
	serves("1")
	f.awaitAsked(50)
	standby.Ask(`SELECT pg_promote()::text`)
	serves("0")
	f.awaitAsked(50)
	stop()
	f.repeat()
	f.expectNoneStopped()
}

// readsItsWrites has four clients fill seats, and read them from the position at which they were filled.
func (s *server) readsItsWrites(times int) {
	s.t.Helper()
	var next atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for n := next.Add(1); n <= int64(times); n = next.Add(1) {
				workspace, member := fmt.Sprintf("reads-%d", n/20), fmt.Sprintf("m%d", n)
				written, err := s.request(s.t.Context(), "POST", on(workspace, "/seats"), member, fmt.Sprintf(`{"member":%q,"role":"member"}`, member))
				if err != nil || written.status != http.StatusCreated {
					s.t.Errorf("%s: %d %s, %v", member, written.status, written.body, err)
					return
				}
				if got := s.readAt(on(workspace, "/seats"), written.header.Get("Ledger-Position")); got.status != http.StatusOK || !strings.Contains(got.body, `"`+member+`"`) {
					s.t.Errorf("%s was written and is not read: %d %s", member, got.status, got.body)
					return
				}
			}
		})
	}
	clients.Wait()
}

// readAt reads what shows a position. A read model may be behind on a busy machine.
func (s *server) readAt(path, position string) (got answer) {
	s.t.Helper()
	poll(func() bool {
		r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.key)
		r.Header.Set("Min-Position", position)
		got, err = ask(r)
		return err == nil && !strings.Contains(got.body, `"read_model_behind"`)
	})
	return got
}

// answeredBy counts the queries that a database answered.
func (s *server) answeredBy(database string) int {
	s.t.Helper()
	found := regexp.MustCompile(`tallystick_queries_total\{database="` + database + `"\} (\S+)`).FindStringSubmatch(s.scrape())
	if found == nil {
		s.t.Fatal("queries are not counted")
	}
	n, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return int(n)
}
