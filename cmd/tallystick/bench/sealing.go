package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/projections/finance"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	sealedCommands = 20
	manyCallers    = 256
)

// sealing measures how soon a checkpoint covers a command, how fast a backlog is sealed, and how fast an auditor verifies a bundle of
// it, the two against the rate at which many callers append.
func (b Command) sealing(ctx context.Context, dir string, report *table) error {
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
		s, err := openSealer(h, dir+"-outside")
		if err != nil {
			return err
		}
		appended, err := b.groupCommit(ctx, h, admin, manyCallers, false)
		if err != nil {
			return err
		}
		ledger, err := history(ctx, url, h.Codec, "backlog", shortPools(b.Events/workspaceEvents))
		if err != nil {
			return err
		}
		sealed, err := b.sealBacklog(ctx, h, s, ledger)
		if err != nil {
			return err
		}
		report.rate("events of a backlog sealed", sealed, appended, fmt.Sprintf("append, %d callers", manyCallers))
		if err := b.replayed(ctx, url, h, ledger, dir+"-bundle", appended, report); err != nil {
			return err
		}
		return b.sealedSoon(ctx, h, s, ledger, report)
	})
}

func openSealer(h *house.House, outside string) (*sealer.Sealer, error) {
	line, err := audit.GenerateKey("bench")
	if err != nil {
		return nil, err
	}
	keys, err := audit.ReadKeys([]byte(line))
	if err != nil {
		return nil, err
	}
	return sealer.New(sealer.Options{
		Pool: h.Queries, Keys: keys, Origin: "bench", Now: time.Now, Log: slog.New(slog.DiscardHandler),
		File: func(ledger uuid.UUID) string { return filepath.Join(outside, ledger.String()) },
	}), nil
}

// sealBacklog seals all events of a ledger, of which none was sealed.
func (b Command) sealBacklog(ctx context.Context, h *house.House, s *sealer.Sealer, ledger eventstore.Ledger) (perSecond float64, err error) {
	tail, err := eventstore.Tail(ctx, h.Queries, ledger.ID)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	for more := true; more; {
		if more, err = s.Seal(ctx, ledger.ID); err != nil {
			return 0, err
		}
	}
	return float64(tail) / time.Since(begin).Seconds(), nil
}

// replayed exports a bundle and has tallystick-verify, which is built beside the program, replay it.
func (b Command) replayed(ctx context.Context, url string, h *house.House, ledger eventstore.Ledger, dir string, appended float64, report *table) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	verify := filepath.Join(filepath.Dir(self), "tallystick-verify")
	if _, err := os.Stat(verify); errors.Is(err, os.ErrNotExist) {
		report.figure("a bundle replayed", "not measured", verify+" is not there")
		return nil
	}
	events, err := eventstore.Tail(ctx, h.Queries, ledger.ID)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- h.Engine.Run(running) }()
	err = h.Engine.Await(ctx, ledger.ID, events, finance.Model)
	stop()
	if err = errors.Join(err, <-ended); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, self, "export", "bundle", "--out", dir, "--database-url", url, "--ledger", ledger.Name, "--json").CombinedOutput()
	if err != nil {
		return fmt.Errorf("export a bundle: %w: %s", err, out)
	}
	begin := time.Now()
	out, err = exec.CommandContext(ctx, verify, "replay", dir, "--trust-bundle-key", "--json").CombinedOutput()
	took := time.Since(begin)
	if err != nil || !strings.Contains(string(out), `"ok":true`) {
		return fmt.Errorf("replay a bundle: %w: %s", err, out)
	}
	report.rate("events of a bundle verified by tallystick-verify replay", float64(events)/took.Seconds(), appended, fmt.Sprintf("append, %d callers", manyCallers))
	return nil
}

// sealedSoon measures the time from a command's answer to the checkpoint that covers it.
func (b Command) sealedSoon(ctx context.Context, h *house.House, s *sealer.Sealer, ledger eventstore.Ledger, report *table) (err error) {
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	h.Watch = s.Appended
	var waits []time.Duration
	for n := range sealedCommands {
		time.Sleep(time.Duration(n%7) * 40 * time.Millisecond) // at any moment of the sealer's round
		outcome, err := h.Store.Execute(ctx, ledger, seatCommand("w-0", seating.Allocate{Member: fmt.Sprint("sealed-", n), Role: seating.RoleMember}))
		if err != nil {
			return err
		}
		begin := time.Now()
		for covered := false; !covered; time.Sleep(2 * time.Millisecond) {
			log, found, err := sealer.Open(ctx, h.Queries, ledger.ID)
			if err != nil {
				return err
			}
			newest, _, err := log.Newest(ctx)
			if err != nil {
				return err
			}
			covered = found && newest.Size >= outcome.LastPosition
		}
		waits = append(waits, time.Since(begin))
	}
	slices.Sort(waits)
	report.figure("from a command's answer to the checkpoint that covers it", "p50 "+waits[len(waits)/2].Round(time.Millisecond).String(),
		"at most "+waits[len(waits)-1].Round(time.Millisecond).String())
	return nil
}
