package process

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/heartbeat"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"
)

const (
	// pollInterval is the time between two looks; a deadline is carried out at most so late while nothing is amiss.
	pollInterval = time.Second
	// sandboxesInterval is the time between two looks at all sandboxes, of which hardly any has something due.
	sandboxesInterval = 10 * time.Minute
	// parkedFor is the time for which a deadline is left alone that could not be carried out.
	parkedFor = 10 * time.Minute
	// roundsMax limits the ledgers whose deadlines one process carries out at once, and advancesMax the sandboxes whose clocks
	// it moves at once: each takes connections from the pool.
	roundsMax   = 6
	advancesMax = 4
	// errandsMax limits the calls to the outside that one process waits for at once.
	errandsMax = 64
	// CollectTime bounds a caller's wait for a gateway. Others leave the gateway to it for a little longer, in case that its
	// process was killed.
	CollectTime = 5 * time.Second
	awaitedFor  = CollectTime + time.Second
)

// Deadlines carries out the deadlines of all ledgers.
type Deadlines struct {
	store  *eventstore.Store
	engine *engine.Engine
	pool   *pgxpool.Pool
	now    func() time.Time
	log    *slog.Logger
	// Settle waits for what follows from an advance outside of the ledger; nil waits for nothing. It is set before the first one.
	Settle func(ctx context.Context, ledger eventstore.Ledger) error

	accounts       *accounts.Accounts
	gateways       gateway.Set
	installation   licenseserver.Installation
	vault          *vault.Vault
	gatewayTimeout time.Duration
	errands        map[string]errand
	away           chan struct{}      // holds one for each errand under way
	comparing      chan struct{}      // holds one for each ledger that is compared with its gateways by itself
	flights        singleflight.Group // keeps a process from doing one errand twice at once
	collectTime    time.Duration      // for which a caller waits for a gateway
	awaitedFor     time.Duration      // for which others leave the errand to it

	leapStreams int // whose deadlines one command of an advance carries out

	live      *lease
	rounds    chan struct{}   // holds one for each round that works
	advances  chan struct{}   // holds one for each advance that works
	running   context.Context // of Run; errands end with it
	ended     context.Context // done once Run has ended
	end       context.CancelFunc
	roundsEnd sync.WaitGroup

	mu            sync.Mutex
	parked        map[parkedDeadline]time.Time // until when
	sent          map[parkedDeadline]bool      // errands that go on by themselves
	flying        map[string]bool              // errands that are done now, by their flights
	troubles      map[parkedDeadline]Trouble   // of deadlines that were left alone
	working       map[uuid.UUID]bool           // ledgers with a round under way
	ledgers       map[uuid.UUID]eventstore.Ledger
	touched       map[uuid.UUID]int64 // the last position of those that are no live ledgers and have new events
	nextSandboxes time.Time           // not looked at all before then
	rehearing     bool                // messages whose hearing was cut off are heard again now
	heardAt       time.Time           // when those were looked for
}

type parkedDeadline struct {
	ledger uuid.UUID
	projections.Deadline
}

// Options hold what the runner works with.
type Options struct {
	Store  *eventstore.Store
	Engine *engine.Engine
	Pool   *pgxpool.Pool    // for the leases and the list of ledgers
	Now    func() time.Time // the system's clock
	Log    *slog.Logger
	// Gateways take money, and are waited for as long as GatewayTimeout.
	Gateways       gateway.Set
	GatewayTimeout time.Duration
	// CollectTime bounds a caller's wait for a gateway; 0 is CollectTime.
	CollectTime time.Duration
	// Accounts keeps what gateways tell unasked.
	Accounts *accounts.Accounts
	// Installation has licenses from a seller elsewhere, and Vault their keys. The server is waited for as long as a gateway.
	Installation licenseserver.Installation
	Vault        *vault.Vault
}

// NewDeadlines makes a runner.
func NewDeadlines(o Options) *Deadlines {
	d := &Deadlines{
		store: o.Store, engine: o.Engine, pool: o.Pool, now: o.Now, log: o.Log, gateways: o.Gateways, gatewayTimeout: o.GatewayTimeout, accounts: o.Accounts,
		installation: o.Installation, vault: o.Vault,
		rounds: make(chan struct{}, roundsMax), advances: make(chan struct{}, advancesMax), away: make(chan struct{}, errandsMax),
		comparing:   make(chan struct{}, comparesAtOnce),
		collectTime: cmp.Or(o.CollectTime, CollectTime), awaitedFor: awaitedFor, leapStreams: leapStreams,
		parked: map[parkedDeadline]time.Time{}, sent: map[parkedDeadline]bool{}, flying: map[string]bool{}, troubles: map[parkedDeadline]Trouble{}, working: map[uuid.UUID]bool{}, ledgers: map[uuid.UUID]eventstore.Ledger{}, touched: map[uuid.UUID]int64{},
	}
	d.errands = d.errandsOf()
	d.live = d.newLease(allLive)
	d.ended, d.end = context.WithCancel(context.Background())
	return d
}

// Appended notes that a ledger has events up to a position, or up to its end with 0. Where a sandbox's clock stands, something may be due by them at
// once.
func (d *Deadlines) Appended(ledger uuid.UUID, tail int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ledgers[ledger].Mode != eventstore.ModeLive {
		d.touched[ledger] = max(d.touched[ledger], tail)
	}
}

// Run looks after all ledgers until ctx ends. It then cuts off every Advance, which might take longer than anyone waits for
// a program to end. It logs failures and tries again. It must be called once.
func (d *Deadlines) Run(ctx context.Context) error {
	d.running = ctx
	defer d.end()
	defer d.live.release(ctx)
	defer d.roundsEnd.Wait()
	failed := func(err error) {
		if ctx.Err() == nil {
			d.log.Warn("deadlines were not carried out, trying again", slog.Any("error", err))
		}
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if err := d.sweep(ctx, failed); err != nil {
			failed(err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Attend lets callers advance clocks and wait for gateways until ctx ends, and leaves all other deadlines to other processes. It
// stands in for Run.
func (d *Deadlines) Attend(ctx context.Context) error {
	d.running = ctx
	defer d.end()
	defer d.roundsEnd.Wait()
	<-ctx.Done()
	return nil
}

// sweep begins a round in each ledger that has something due and none under way. A failure in one ledger holds up no other.
func (d *Deadlines) sweep(ctx context.Context, failed func(error)) error {
	all, err := d.toLookAt(ctx)
	if err != nil {
		return err
	}
	if d.live.asked {
		d.hearAgain(ctx, failed)
	}
	for _, w := range all {
		if !d.enter(w) {
			continue
		}
		d.roundsEnd.Go(func() {
			defer d.leave(w.ledger.ID)
			select {
			case d.rounds <- struct{}{}:
				defer func() { <-d.rounds }()
			case <-ctx.Done():
				return
			}
			if err := d.look(ctx, w); err != nil {
				failed(err)
			}
		})
	}
	return nil
}

// enter begins a round in a ledger. Where one is under way, what it may have missed is looked at by the next sweep.
func (d *Deadlines) enter(w work) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.working[w.ledger.ID] {
		if w.position > 0 {
			d.touched[w.ledger.ID] = max(d.touched[w.ledger.ID], w.position)
		}
		return false
	}
	d.working[w.ledger.ID] = true
	return true
}

func (d *Deadlines) leave(ledger uuid.UUID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.working, ledger)
}

// work is a ledger to look at, once the read model shows a position.
type work struct {
	ledger   eventstore.Ledger
	position int64
}

// toLookAt finds the live ledgers in which something is due, if this process has the lease on them, and the sandboxes in which
// something may be. A sandbox's clock stands still, so that is after events, and now and then in any: an advance may have been
// cut off.
func (d *Deadlines) toLookAt(ctx context.Context) (all []work, err error) {
	held, err := d.live.keep(ctx)
	if err != nil {
		return nil, err
	}
	touched, sandboxes := d.takeTouched()
	var due []uuid.UUID
	// No one ledger's position matters.
	_, err = d.engine.Read(ctx, projections.Deadlines.Name, uuid.Nil, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		due = nil
		if held {
			if due, err = projections.DueLedgers(ctx, tx, d.now()); err != nil {
				return err
			}
			dying, err := heartbeat.Ledgers(ctx, tx, d.now())
			if err != nil {
				return err
			}
			due = append(due, slices.DeleteFunc(dying, func(id uuid.UUID) bool { return slices.Contains(due, id) })...)
		}
		if sandboxes {
			more, err := projections.DueSandboxes(ctx, tx)
			due = append(due, more...)
			return err
		}
		return nil
	})
	var ledgers map[uuid.UUID]eventstore.Ledger
	if err == nil {
		ledgers, err = d.known(ctx, slices.Concat(due, slices.Collect(maps.Keys(touched))))
	}
	if err != nil {
		d.putBack(touched, sandboxes)
		return nil, err
	}
	for id, ledger := range ledgers {
		position, isTouched := touched[id]
		if slices.Contains(due, id) || isTouched && ledger.Mode == eventstore.ModeSandbox {
			all = append(all, work{ledger, position})
		}
	}
	return all, nil
}

// takeTouched gives the ledgers that have new events, and whether it is time to look at all sandboxes.
func (d *Deadlines) takeTouched() (touched map[uuid.UUID]int64, sandboxes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	touched, d.touched = d.touched, map[uuid.UUID]int64{}
	if now := d.now(); !now.Before(d.nextSandboxes) {
		sandboxes, d.nextSandboxes = true, now.Add(sandboxesInterval)
	}
	return touched, sandboxes
}

// putBack has ledgers looked at again.
func (d *Deadlines) putBack(touched map[uuid.UUID]int64, sandboxes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if sandboxes {
		d.nextSandboxes = time.Time{}
	}
	for id, position := range touched {
		d.touched[id] = max(d.touched[id], position)
	}
}

// known gives the ledgers of some ids. Nothing of a ledger ever changes.
func (d *Deadlines) known(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]eventstore.Ledger, error) {
	ledgers := map[uuid.UUID]eventstore.Ledger{}
	for try := 1; ; try++ {
		d.mu.Lock()
		for _, id := range ids {
			if ledger, ok := d.ledgers[id]; ok {
				ledgers[id] = ledger
			}
		}
		d.mu.Unlock()
		if len(ledgers) == len(ids) || try == 2 {
			return ledgers, nil
		}
		all, err := eventstore.Ledgers(ctx, d.pool)
		if err != nil {
			return nil, err
		}
		d.mu.Lock()
		for _, ledger := range all {
			d.ledgers[ledger.ID] = ledger
		}
		d.mu.Unlock()
	}
}

// look carries out the deadlines of one ledger, if any are due that are not left alone. A sandbox is left to whoever advances
// its clock.
func (d *Deadlines) look(ctx context.Context, w work) (err error) {
	ledger := w.ledger
	if w.position == 0 && ledger.Mode == eventstore.ModeSandbox {
		// It was heard of without a position.
		if w.position, err = eventstore.Tail(ctx, d.pool, ledger.ID); err != nil {
			return err
		}
	}
	r := d.newRound(ledger, w.position)
	due, err := r.due(ctx, 1)
	if err != nil || len(due) == 0 {
		return err
	}
	if ledger.Mode == eventstore.ModeSandbox {
		mine := d.newLease(ledger.ID)
		held, err := mine.try(ctx)
		if err != nil || !held {
			return err
		}
		defer mine.release(ctx)
	}
	known := len(r.left)
	err = r.run(ctx)
	d.park(ledger.ID, r.left[known:])
	return err
}

// park leaves deadlines alone for a while.
func (d *Deadlines) park(ledger uuid.UUID, deadlines []projections.Deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, deadline := range deadlines {
		d.parked[parkedDeadline{ledger, deadline}] = d.now().Add(parkedFor)
	}
}

// parkedIn returns a ledger's deadlines that are left alone now.
func (d *Deadlines) parkedIn(ledger uuid.UUID) []projections.Deadline {
	d.mu.Lock()
	defer d.mu.Unlock()
	var deadlines []projections.Deadline
	for p, until := range d.parked {
		switch {
		case !d.now().Before(until):
			delete(d.parked, p)
		case p.ledger == ledger:
			deadlines = append(deadlines, p.Deadline)
		}
	}
	return deadlines
}
