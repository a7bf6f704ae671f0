package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	// freshLedgers have five new events each, of all ledgers that there are.
	freshLedgers = 3_000
	// busyLedgers have a command a second each, with and without all the others.
	busyLedgers = 100
)

// statisticsDelay bounds how long Postgres keeps a connection's count of transactions to itself.
const statisticsDelay = 11 * time.Second

// ledgers measures many ledgers: how long it takes until new events in some of them are in all read models, and what the
// idle ones cost, alone and beside some that are busy.
func (b Command) ledgers(ctx context.Context, dir string, report *table) error {
	var alone spent
	err := withLedgers(ctx, dir+"-busy", busyLedgers, func(h *house.House, admin *pgxpool.Pool, busy []eventstore.Ledger) (err error) {
		alone, err = b.spend(ctx, h, admin, busy)
		return err
	})
	if err != nil {
		return err
	}
	return withLedgers(ctx, dir, b.Ledgers, func(h *house.House, admin *pgxpool.Pool, all []eventstore.Ledger) error {
		return b.useLedgers(ctx, h, admin, all, alone, report)
	})
}

// withLedgers lets f use so many ledgers with an event each, while all read models follow.
func withLedgers(ctx context.Context, dir string, count int, f func(*house.House, *pgxpool.Pool, []eventstore.Ledger) error) error {
	return withPostgres(ctx, dir, func(url string) error {
		h, err := house.FurnishGiven(ctx, &house.Config{}, url)
		if err != nil {
			return err
		}
		defer h.Close()
		admin, err := pgxpool.New(ctx, url)
		if err != nil {
			return err
		}
		defer admin.Close()
		all, err := openLedgers(ctx, admin, count)
		if err != nil {
			return err
		}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- h.Engine.Run(running) }()
		err = f(h, admin, all)
		stop()
		return errors.Join(err, <-ended)
	})
}

// openLedgers creates so many ledgers with an event each.
func openLedgers(ctx context.Context, admin *pgxpool.Pool, count int) (all []eventstore.Ledger, err error) {
	err = admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		_, err = conn.Exec(ctx, `
			INSERT INTO tallystick.ledgers (ledger_id, name, mode, clock, created_at)
			SELECT gen_random_uuid(), 'bench ' || n, 'live', NULL, now()
			FROM generate_series(1, $1) AS n`, count)
		if err != nil {
			return err
		}
		all, err = eventstore.Ledgers(ctx, conn.Conn())
		if err != nil {
			return err
		}
		if err := becomeOwner(ctx, conn.Conn()); err != nil {
			return err
		}
		_, err = conn.Exec(ctx, `
			INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema,
			                               recorded_at, effective_at, actor, command, correlation, data, leaf_hash)
			SELECT ledger_id, 1, 1, gen_random_uuid(), 'clock:main', 1, 'clock.advanced.v1', 1, now(), now(), 'bench',
			       gen_random_uuid(), 'bench', '{}', sha256(uuid_send(ledger_id))
			FROM tallystick.ledgers`)
		if err == nil {
			_, err = conn.Exec(ctx, `RESET ROLE; ANALYZE`)
		}
		return err
	})
	return all, err
}

// useLedgers measures the ledgers. The busy ones cost so much alone.
func (b Command) useLedgers(ctx context.Context, h *house.House, admin *pgxpool.Pool, all []eventstore.Ledger, alone spent, report *table) error {
	begin := time.Now()
	if err := awaitAll(ctx, admin); err != nil {
		return err
	}
	report.figure(fmt.Sprintf("%d ledgers with an event each", len(all)), time.Since(begin).Round(10*time.Millisecond).String(), "to be in all read models")

	fresh := all[:min(freshLedgers, len(all))]
	begin = time.Now()
	if err := appendToEach(ctx, h, fresh, 0); err != nil {
		return err
	}
	appended := time.Since(begin)
	if err := awaitAll(ctx, admin); err != nil {
		return err
	}
	report.figure(fmt.Sprintf("%d ledgers with %d new events each", len(fresh), comeAndGoEvents), time.Since(begin).Round(10*time.Millisecond).String(),
		fmt.Sprintf("to be in all read models, %v of it to append them", appended.Round(10*time.Millisecond)))

	idle, err := b.spend(ctx, h, admin, nil)
	if err != nil {
		return err
	}
	report.spent(fmt.Sprintf("%d idle ledgers", len(all)), idle, spent{})
	beside, err := b.spend(ctx, h, admin, all[:min(busyLedgers, len(all))])
	if err == nil {
		report.spent(fmt.Sprintf("%d ledgers, of which %d are busy", len(all), busyLedgers), beside, alone)
	}
	return err
}

// spent tells what this process and its Postgres use.
type spent struct {
	cores        float64
	transactions float64 // a second
	heap         uint64
}

// spent adds what some ledgers cost, and what the busy ones of them cost alone.
func (t *table) spent(what string, all, busy spent) {
	note := fmt.Sprintf("%.1f transactions a second, %d MB of heap", all.transactions, all.heap>>20)
	if busy.cores > 0 {
		note += fmt.Sprintf("; the busy ones alone %.1f %% of a core, %.1f transactions", 100*busy.cores, busy.transactions)
	}
	t.figure(what, fmt.Sprintf("%.1f %% of a core", 100*all.cores), note)
}

// spend measures for some time, in which each of the busy ledgers gets a command a second.
func (b Command) spend(ctx context.Context, h *house.House, admin *pgxpool.Pool, busy []eventstore.Ledger) (s spent, err error) {
	time.Sleep(statisticsDelay)
	runtime.GC()
	before, err := costNow(ctx, admin)
	if err != nil {
		return s, err
	}
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for time.Since(before.at) < 4*b.For {
		if err := appendToEach(ctx, h, busy, int(time.Now().Unix())); err != nil { // other members each time
			return s, err
		}
		<-second.C
	}
	after, err := costNow(ctx, admin)
	if err != nil {
		return s, err
	}
	seconds := after.at.Sub(before.at).Seconds()
	return spent{(after.processor - before.processor).Seconds() / seconds, float64(after.transactions-before.transactions) / seconds, after.heap}, nil
}

// appendToEach appends the events of a command to each ledger.
func appendToEach(ctx context.Context, h *house.House, ledgers []eventstore.Ledger, n int) error {
	next := make(chan eventstore.Ledger)
	var failed error
	var once sync.Once
	var working sync.WaitGroup
	for range 32 {
		working.Go(func() {
			for ledger := range next {
				if _, err := h.Store.Execute(ctx, ledger, comeAndGo(n)); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	for _, ledger := range ledgers {
		next <- ledger
	}
	close(next)
	working.Wait()
	return failed
}

// awaitAll waits until all read models have all events of all ledgers.
func awaitAll(ctx context.Context, admin *pgxpool.Pool) error {
	for {
		var behind bool
		err := admin.QueryRow(ctx, `
			SELECT EXISTS (
				SELECT
				FROM tallystick.projection_versions v
				CROSS JOIN (
					SELECT e.ledger_id, max(e.position) AS tail
					FROM tallystick.events e
					GROUP BY e.ledger_id
				) AS l
				LEFT JOIN (
					SELECT c.ledger_id, c.projection, c.version, max(c.to_position) AS position
					FROM tallystick.projection_checkpoints c
					GROUP BY c.ledger_id, c.projection, c.version
				) AS c ON c.ledger_id = l.ledger_id AND c.projection = v.projection AND c.version = v.version
				WHERE c.position IS DISTINCT FROM l.tail)`).Scan(&behind)
		if err != nil || !behind {
			return err
		}
		select {
		case <-time.After(250 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cost tells what this process and its Postgres have used so far.
type cost struct {
	at           time.Time
	processor    time.Duration
	transactions int64
	heap         uint64
}

func costNow(ctx context.Context, admin *pgxpool.Pool) (cost, error) {
	c := cost{at: time.Now()}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	c.heap = memory.HeapInuse
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return c, err
	}
	c.processor = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	rows, err := admin.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`)
	if err != nil {
		return c, err
	}
	backends, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return c, err
	}
	for _, pid := range backends {
		c.processor += processorTime(pid)
	}
	err = admin.QueryRow(ctx, `
		SELECT xact_commit + xact_rollback
		FROM pg_stat_database
		WHERE datname = current_database()`).Scan(&c.transactions)
	return c, err
}

// processorTime gives what another process has used, where /proc tells it, and 0 elsewhere.
func processorTime(pid int) time.Duration {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	_, behindName, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(behindName)
	const user, system, tick = 11, 12, 10 * time.Millisecond
	if len(fields) <= system {
		return 0
	}
	var used time.Duration
	for _, field := range []string{fields[user], fields[system]} {
		ticks, _ := strconv.Atoi(field)
		used += time.Duration(ticks) * tick
	}
	return used
}
