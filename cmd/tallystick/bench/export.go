package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/projections/export"
	"github.com/tallystick/tallystick/projections/finance"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// export compares a journal that is exported as CSV, with hashes and sums, with COPY of its table into a file. The journal is so
// large that one which is held in memory would show.
func (b Command) export(ctx context.Context, dir string, report *table) error {
	return withPostgres(ctx, dir, func(url string) error {
		ledger, err := b.events(ctx, url)
		if err != nil {
			return err
		}
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		name, err := b.fillJournal(ctx, conn, ledger)
		if err != nil {
			return err
		}
		copied, err := b.copyJournal(ctx, conn, name, dir+"-copied")
		if err != nil {
			return err
		}
		for _, format := range []export.Format{export.FormatCSV, export.FormatParquet, export.FormatHledger} {
			took, peak, err := exportAlone(ctx, url, ledger.Name, format, dir+"-files-"+string(format))
			if err != nil {
				return err
			}
			report.rate(fmt.Sprintf("lines of a journal exported as %s", format), float64(b.Lines)/took.Seconds(), copied, "COPY to a file")
			report.figure(fmt.Sprintf("memory of the program that exports %s", format), fmt.Sprintf("%d MB", peak>>10), "at its peak")
		}
		return nil
	})
}

// events makes a ledger with an event for each entry, which says nothing to the books.
func (b Command) events(ctx context.Context, url string) (ledger eventstore.Ledger, err error) {
	h, err := house.FurnishGiven(ctx, &house.Config{}, url)
	if err != nil {
		return ledger, err
	}
	defer h.Close()
	ledger, err = history(ctx, url, h.Codec, "books", shortPools(b.Lines/2/workspaceEvents+1))
	if err != nil {
		return ledger, err
	}
	tail, err := eventstore.Tail(ctx, h.Queries, ledger.ID)
	if err != nil {
		return ledger, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Engine.Run(running) }()
	err = h.Engine.Await(ctx, ledger.ID, tail, finance.Model)
	stop()
	return ledger, errors.Join(err, <-ended)
}

// fillJournal writes an entry of two lines for each event into the read model, and gives the table's name.
func (b Command) fillJournal(ctx context.Context, conn *pgx.Conn, ledger eventstore.Ledger) (name string, err error) {
	err = conn.QueryRow(ctx, `
		SELECT format('%I.%I', n.nspname, c.relname)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relname = 'journal' AND n.nspname LIKE 'finance\_%'`).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("find the journal's table: %w", err)
	}
	_, err = conn.Exec(ctx, `
		INSERT INTO `+name+`
		SELECT $1, i / 2 + 1, 1, i % 2 + 1, '019e3a5c-6c1f-7f6a-9b1e-' || lpad((i / 2)::text, 12, '0'), 'invoice.finalized.v1', 'issue',
		       '2026-01-01'::date + i / 2 % 365, '2026-01-01T00:00:00.123456Z', CASE i % 2 WHEN 0 THEN '1100' ELSE '2000' END,
		       round((CASE i % 2 WHEN 0 THEN 1 ELSE -1 END) * (i / 2 % 1000000 + 1) / 100.0, 2), 2, 'USD', 'workspace-' || i / 2 % 1000,
		       'inv_019e3a5c6c1f7f6a' || i / 2, CASE i % 2 WHEN 1 THEN 'seats' END, CASE i % 2 WHEN 1 THEN 'pro' END, NULL, NULL, NULL, 'INV-' || lpad((i / 2)::text, 9, '0')
		FROM generate_series(0, $2::int - 1) i`, [16]byte(ledger.ID), b.Lines)
	if err == nil {
		_, err = conn.Exec(ctx, `VACUUM (ANALYZE) `+name)
	}
	return name, err
}

// copyJournal has Postgres write the table in the journal's order, and brings it to the disk.
func (b Command) copyJournal(ctx context.Context, conn *pgx.Conn, name, path string) (perSecond float64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(path)) }()
	begin := time.Now()
	if _, err := conn.PgConn().CopyTo(ctx, file, `COPY (SELECT * FROM `+name+` ORDER BY ledger_id, position, n, line) TO STDOUT (FORMAT csv, HEADER)`); err != nil {
		return 0, err
	}
	return float64(b.Lines) / time.Since(begin).Seconds(), file.Sync()
}

// exportAlone runs the program's export in a process of its own, to see what memory that takes.
func exportAlone(ctx context.Context, url, ledger string, format export.Format, dir string) (took time.Duration, peak int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	command := exec.CommandContext(ctx, self, "export", finance.Journal, "--format", string(format), "--out", dir,
		"--database-url", url, "--ledger", ledger, "--json")
	command.Stderr = os.Stderr
	begin := time.Now()
	if err := command.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		peak = max(peak, residentPeak(command.Process.Pid))
		select {
		case err := <-ended:
			if err != nil {
				return 0, 0, fmt.Errorf("export: %w", err)
			}
			took = time.Since(begin)
			_, err = os.Stat(filepath.Join(dir, exports.ManifestName))
			return took, peak, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// residentPeak gives the most memory that a process ever had, in kB, of which the system keeps account. It is 0 where that can't be read.
func residentPeak(pid int) (kB int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	_, _ = fmt.Sscan(after, &kB)
	return kB
}
