package process

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections/engine"
	"github.com/tallystick/tallystick/projections/webhooks"
)

const (
	// deliverInterval is the time between two looks for what is to be delivered, and deliverPause the least between two that
	// appends ask for.
	deliverInterval = 250 * time.Millisecond
	deliverPause    = 50 * time.Millisecond
	// laneParkedFor is the time for which an endpoint is left alone that can't be sent anything by a fault of ours.
	laneParkedFor = time.Minute
)

// DeliveryOptions hold what deliveries work with.
type DeliveryOptions struct {
	Store  *eventstore.Store
	Engine *engine.Engine
	Pool   *pgxpool.Pool
	Now    func() time.Time // the system's clock
	Log    *slog.Logger
	Vault  *vault.Vault
	Writer *courier.Writer
	Sender *courier.Sender
}

// Deliveries sends webhook endpoints what they are to hear.
type Deliveries struct {
	DeliveryOptions
	wake     chan struct{}
	lanesEnd sync.WaitGroup
	attempts *prometheus.CounterVec

	mu      sync.Mutex
	lanes   map[webhooks.Due]bool      // that are under way
	parked  map[webhooks.Due]time.Time // until when, by the system's clock
	sending map[sending]int            // how many times each is sent now
	batches map[uuid.UUID]int          // that are sent and judged now, by their ledgers
	ledgers map[uuid.UUID]eventstore.Ledger
}

// NewDeliveries makes a sender. Nothing runs yet.
func NewDeliveries(o DeliveryOptions) *Deliveries {
	return &Deliveries{
		DeliveryOptions: o, wake: make(chan struct{}, 1), attempts: newAttempts(), lanes: map[webhooks.Due]bool{}, parked: map[webhooks.Due]time.Time{},
		sending: map[sending]int{}, batches: map[uuid.UUID]int{}, ledgers: map[uuid.UUID]eventstore.Ledger{},
	}
}

// Appended has the next look come soon.
func (d *Deliveries) Appended(uuid.UUID, int64) {
	select {
	case d.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// Run delivers until ctx ends. What was under way then is sent again by whoever goes on. It logs failures and tries again. It
// must be called once.
func (d *Deliveries) Run(ctx context.Context) error {
	defer d.lanesEnd.Wait()
	ticker := time.NewTicker(deliverInterval)
	defer ticker.Stop()
	for {
		if err := d.look(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "webhooks were not delivered, trying again", slog.Any("error", err))
		}
		select {
		case <-time.After(deliverPause):
		case <-ctx.Done():
			return nil
		}
		select {
		case <-ticker.C:
		case <-d.wake:
		case <-ctx.Done():
			return nil
		}
	}
}

// look begins a lane for each endpoint that is to be sent something and has none. Lanes do not wait for each other, so that an
// endpoint which hangs delays no other one.
func (d *Deliveries) look(ctx context.Context) error {
	due, err := d.due(ctx, uuid.Nil)
	if err != nil {
		return err
	}
	for _, task := range due {
		ledger, err := d.ledger(ctx, task.Ledger)
		if err != nil {
			return err
		}
		if !d.enter(task) {
			continue
		}
		d.lanesEnd.Go(func() {
			defer d.leave(task)
			if err := d.newLane(ledger, task).run(ctx); err != nil && ctx.Err() == nil {
				d.park(task)
				d.Log.WarnContext(ctx, "a webhook endpoint can't be sent anything, leaving it alone for a minute", slog.Any("error", err),
					slog.String("ledger", ledger.Name), slog.String("endpoint", task.Endpoint))
			}
		})
	}
	return nil
}

// due lists what is to be sent now, in all ledgers or in one.
func (d *Deliveries) due(ctx context.Context, ledger uuid.UUID) (due []webhooks.Due, err error) {
	_, err = d.Engine.Read(ctx, webhooks.Model.Name, ledger, 0, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		due, err = webhooks.ListDue(ctx, tx, ledger, d.Now())
		return err
	})
	return due, err
}

// Settle waits until everything that is due in a ledger was tried. What is left alone is not waited for.
func (d *Deliveries) Settle(ctx context.Context, ledger eventstore.Ledger) error {
	ticker := time.NewTicker(deliverPause)
	defer ticker.Stop()
	for {
		tail, err := eventstore.Tail(ctx, d.Pool, ledger.ID)
		if err != nil {
			return err
		}
		if err := d.Engine.Await(ctx, ledger.ID, tail, webhooks.Model); err != nil {
			return err
		}
		due, err := d.due(ctx, ledger.ID)
		if err != nil || !d.anyGoes(ledger.ID, due) {
			return err
		}
		d.Appended(ledger.ID, tail)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// anyGoes reports whether a batch is under way, which may disable its endpoint, or any of the lanes is not left alone.
func (d *Deliveries) anyGoes(ledger uuid.UUID, due []webhooks.Due) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.batches[ledger] > 0 {
		return true
	}
	for _, task := range due {
		if !d.Now().Before(d.parked[task]) {
			return true
		}
	}
	return false
}

// sending names a delivery.
type sending struct {
	ledger   uuid.UUID
	endpoint string
	position int64
}

// Sends reports whether this process sends a delivery now.
func (d *Deliveries) Sends(ledger uuid.UUID, endpoint string, position int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sending[sending{ledger, endpoint, position}] > 0
}

// begin keeps a delivery among those that are sent now, until it is done.
func (d *Deliveries) begin(s sending) (done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sending[s]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.sending[s]--; d.sending[s] == 0 {
			delete(d.sending, s)
		}
	}
}

// beginBatch keeps a ledger among those that are sent of, until the batch is judged.
func (d *Deliveries) beginBatch(ledger uuid.UUID) (done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batches[ledger]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.batches[ledger]--
	}
}

// enter begins a lane, unless it is under way or left alone.
func (d *Deliveries) enter(task webhooks.Due) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lanes[task] || d.Now().Before(d.parked[task]) {
		return false
	}
	delete(d.parked, task)
	d.lanes[task] = true
	return true
}

func (d *Deliveries) leave(task webhooks.Due) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.lanes, task)
}

func (d *Deliveries) park(task webhooks.Due) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parked[task] = d.Now().Add(laneParkedFor)
}

// ledger gives the ledger of an id. Nothing of a ledger ever changes.
func (d *Deliveries) ledger(ctx context.Context, id uuid.UUID) (eventstore.Ledger, error) {
	d.mu.Lock()
	ledger, known := d.ledgers[id]
	d.mu.Unlock()
	if known {
		return ledger, nil
	}
	all, err := eventstore.Ledgers(ctx, d.Pool)
	if err != nil {
		return ledger, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range all {
		d.ledgers[l.ID] = l
	}
	return d.ledgers[id], nil
}
