package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tallystick/tallystick/projections"
)

// months is the number of months that the tests of billing advance.
const months = 24

// kill -9 anywhere on the way of an advance, while clients take seats and others upgrade: an advance that is tried again and
// again bills like one that is not killed.
func TestKilledWhileAdvancing(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	var present atomic.Pointer[server]
	present.Store(boot(t, dir))
	present.Load().sellFreeSeats(1_000_000)
	present.Load().sell()
	end := present.Load().clock().AddDate(0, months, 0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJournal()
	wait := j.load(ctx, t, present.Load)
	for range kills(t, 6) {
		s := present.Load()
		cut := make(chan struct{})
		go func() {
			defer close(cut)
			_, _ = s.tryAdvance(ctx, end)
		}()
		j.awaitAcks(t, 1+rand.IntN(50))
		s.kill()
		<-cut
		present.Store(boot(t, dir))
	}
	cancel()
	wait()
	s := present.Load()
	s.advanceTo(end)
	s.judgeBooks()
	j.judge(t, s)
}

// Two servers advance one clock at the same time, while clients of both change their seats.
func TestTwoServersBill(t *testing.T) {
	t.Parallel()
	first := boot(t, usedDir(t))
	second := joined(t, first)
	first.sell()
	end := first.clock().AddDate(0, months, 0)
	var advanced atomic.Bool
	var working sync.WaitGroup
	for i, s := range []*server{first, second, first, second} {
		working.Go(func() {
			defer advanced.Store(true)
			s.advanceTo(end)
		})
		working.Go(func() {
			for n := 0; !advanced.Load(); n++ {
				customer := (3*n + i) % customers
				got, err := s.request(t.Context(), "POST", fmt.Sprintf("/v1/workspaces/c-%d/subscription/seats", customer), fmt.Sprint("seats-", i, "-", n),
					fmt.Sprintf(`{"seats":%d}`, customers+n/4))
				if err != nil || got.status != http.StatusOK && got.status != http.StatusConflict {
					t.Errorf("%d %s, %v", got.status, got.body, err)
				}
			}
		})
	}
	working.Wait()
	first.compareRebuilt(first.judgeBooks())
}

// Every read model is rebuilt while bills are made, and shows what an untouched one would.
func TestRebuiltWhileBilling(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	s.sell()
	begin := s.clock()
	var rebuilt atomic.Bool
	var working sync.WaitGroup
	working.Go(func() {
		defer rebuilt.Store(true)
		for _, model := range projections.All() {
			if stdout, stderr, code := invoke(t, "projection", "rebuild", model.Name, "--data-dir", s.dir); code != exitDone {
				t.Errorf("rebuild %s: exit %d: %s%s", model.Name, code, stdout, stderr)
			}
		}
	})
	month := 1
	for ; month <= months || !rebuilt.Load(); month++ {
		s.advanceTo(begin.AddDate(0, month, 0))
	}
	working.Wait()
	s.compareRebuilt(s.judgeBooks())
}

// SIGTERM ends an advance at once and tells its client; another one goes on. So it does behind a client that hung up.
func TestStoppedWhileAdvancing(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := boot(t, dir)
	s.sell()
	begin := s.clock()
	end := begin.AddDate(170, 0, 0)
	hungUp, hangUp := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := s.tryAdvance(hungUp, end)
		answered <- err
	}()
	s.awaitBills(customers + 5)
	hangUp()
	if err := <-answered; err == nil {
		t.Fatal("the years passed before the client could hang up")
	}
	var got answer
	bills := s.bills()
	go func() {
		var err error
		got, err = s.tryAdvance(t.Context(), end)
		answered <- err
	}()
	s.awaitBills(bills + 5)
	if code := s.stop(syscall.SIGTERM); code != exitDone {
		t.Errorf("exit %d:\n%s", code, s.output())
	}
	if err := <-answered; err != nil || got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"shutting_down"`) {
		t.Errorf("%d %s, %v", got.status, got.body, err)
	}
	s = boot(t, dir)
	s.advanceTo(s.clock().AddDate(0, months, 0))
	s.judgeBooks()
}

// Postgres loses its memory in the middle of an advance, again and again. The client is told, and goes on.
func TestPostgresStoppedAtOnceWhileAdvancing(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := boot(t, dir)
	s.sell()
	begin := s.clock()
	for n := range kills(t, 3) {
		bills, end := s.bills(), begin.AddDate(0, (n+1)*months, 0)
		answered := make(chan answer, 1)
		go func() {
			got, err := s.tryAdvance(t.Context(), end)
			if err != nil {
				t.Error(err)
			}
			answered <- got
		}()
		s.awaitBills(bills + 1 + rand.IntN(20))
		s.stopPostgres()
		if got := <-answered; got.status != http.StatusOK && got.status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", got.status, got.body)
		}
		s.awaitDatabase()
		s.advanceTo(end)
	}
	s.compareRebuilt(s.judgeBooks())
}

// In a live ledger nobody asks for what is due, and the database is away when it is: it happens once it is back.
func TestDeadlinesOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	dir := usedDir(t)
	s := boot(t, dir)
	for _, args := range [][]string{{"ledger", "create", "acme", "--live"}, {"key", "create", "admin", "--role", "admin", "--ledger", "acme"}} {
		stdout, stderr, code := invoke(t, append(args, "--data-dir", dir)...)
		if code != exitDone {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		s.key = strings.TrimSpace(stdout)
	}
	s.sellFreeSeats(5)
	for n := range 3 {
		s.inviteBriefly(fmt.Sprint("m-", n))
		s.stopPostgres()
		s.awaitDatabase()
		s.until("the invitation lapses", func() bool { return s.count("seating.reservation_expired.v1") > n })
	}
	if lapsed := s.count("seating.reservation_expired.v1"); lapsed != 3 {
		t.Errorf("3 invitations lapsed %d times", lapsed)
	}
}

// inviteBriefly makes an invitation that lapses within a second, or within more where a request takes that long.
func (s *server) inviteBriefly(member string) {
	s.t.Helper()
	for life := time.Second; ; life *= 2 {
		got, err := s.request(s.t.Context(), "POST", "/v1/workspaces/w/seats", fmt.Sprint(member, " for ", life),
			fmt.Sprintf(`{"member":%q,"role":"member","state":"invited","expires_at":%q}`, member, time.Now().Add(life).UTC().Format("2006-01-02T15:04:05.000Z")))
		if err == nil && got.status == http.StatusCreated {
			return
		}
		if err != nil || !strings.Contains(got.body, `"expires_at_invalid"`) || life > patience {
			s.t.Fatalf("%d %s, %v", got.status, got.body, err)
		}
	}
}
