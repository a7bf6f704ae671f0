package projections

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/holding"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

const (
	// keptFresh bounds how long what is kept of a ledger serves until the read model is looked at again. It adds to the model's lag.
	keptFresh = 20 * time.Millisecond
	// workspacesKept and ledgersKept bound what a process keeps.
	workspacesKept = 10_000
	ledgersKept    = 1_000
	// changesMax bounds the workspaces that are forgotten one by one; beyond it all of the ledger's are.
	changesMax = 2_000
)

// KeptFeatures answers questions about features from memory. It keeps what workspaces have as the read model [Features] shows it,
// and asks the model at most every 20 ms for each ledger which of them have changed. So an answer is as current as the model, and
// most answers cost no look at the database.
type KeptFeatures struct {
	engine *engine.Engine

	mu      sync.Mutex
	ledgers *simplelru.LRU[uuid.UUID, *keptLedger]
	rows    *simplelru.LRU[keptKey, *keptHolding]
}

type keptKey struct {
	ledger    uuid.UUID
	workspace string
}

// keptLedger holds what all workspaces of a ledger have in common, at a position.
type keptLedger struct {
	look sync.Mutex // held while the read model is looked at

	mu       sync.Mutex
	shown    shown
	lookedAt time.Time // by the system's clock
}

// shown holds what a look at the read model shows of a ledger.
type shown struct {
	position  int64
	clock     time.Time // of a sandbox
	catalogAt int64     // the position of the products' last change
	products  []catalog.Product
}

// keptHolding holds what one workspace has.
type keptHolding struct {
	holdingRow
	readAt    int64 // the position at which it was read
	standing  holding.Standing
	catalogAt int64     // of the standing
	from      time.Time // that the standing is of; zero for none
}

// NewKeptFeatures keeps nothing yet.
func NewKeptFeatures(e *engine.Engine) *KeptFeatures {
	return &KeptFeatures{
		engine: e, ledgers: bounded[uuid.UUID, *keptLedger](ledgersKept), rows: bounded[keptKey, *keptHolding](workspacesKept),
	}
}

// bounded makes a cache of so many entries. There is no other way for it to fail than to have no room at all.
func bounded[K comparable, V any](entries int) *simplelru.LRU[K, V] {
	cache, err := simplelru.NewLRU[K, V](entries, nil)
	if err != nil {
		panic(err)
	}
	return cache
}

// Held tells what a workspace has at a position.
type Held struct {
	Standing    holding.Standing
	Entitlement entitlement.State
	Now         time.Time // by the ledger's clock
	Position    int64
}

// Find tells what a workspace has, at the minimum position or a later one; system is the time by the system's clock.
func (k *KeptFeatures) Find(ctx context.Context, ledger eventstore.Ledger, workspace string, minimum int64, system time.Time) (Held, error) {
	kept := k.ledger(ledger.ID)
	if err := k.refresh(ctx, kept, ledger); err != nil {
		return Held{}, err
	}
	if held, ok := k.known(kept, ledger, workspace, minimum, system); ok {
		return held, nil
	}
	return k.load(ctx, kept, ledger, workspace, minimum, system)
}

func (k *KeptFeatures) ledger(id uuid.UUID) *keptLedger {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.ledgers.Get(id)
	if !ok {
		kept = &keptLedger{}
		k.ledgers.Add(id, kept)
	}
	return kept
}

// known answers from memory, if it can.
func (k *KeptFeatures) known(kept *keptLedger, ledger eventstore.Ledger, workspace string, minimum int64, system time.Time) (Held, bool) {
	kept.mu.Lock()
	s := kept.shown
	kept.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	row, ok := k.rows.Get(keptKey{ledger.ID, workspace})
	if !ok || s.position < max(minimum, row.readAt) { // a row goes with no older products
		return Held{}, false
	}
	return row.at(s, s.now(ledger, system)), true
}

// now gives the time of the ledger's clock.
func (s shown) now(ledger eventstore.Ledger, system time.Time) time.Time {
	if ledger.Mode == eventstore.ModeSandbox {
		return s.clock
	}
	return ledger.Now(system)
}

// at tells what the workspace has. It works the standing out again only when that may have changed.
func (h *keptHolding) at(s shown, now time.Time) Held {
	if h.from.IsZero() || h.catalogAt != s.catalogAt || now.Before(h.from) || !now.Before(h.standing.Until()) {
		h.standing = holding.Holdings{Products: s.products, Subscription: h.Subscription, Entitlement: h.Entitlement}.At(now)
		h.catalogAt, h.from = s.catalogAt, now
	}
	return Held{Standing: h.standing, Entitlement: h.Entitlement, Now: now, Position: s.position}
}

// refresh looks at the read model when the last look is a while ago, and forgets the workspaces that have changed. Whoever comes
// meanwhile waits for the same look.
func (k *KeptFeatures) refresh(ctx context.Context, kept *keptLedger, ledger eventstore.Ledger) error {
	if kept.fresh() {
		return nil
	}
	kept.look.Lock()
	defer kept.look.Unlock()
	if kept.fresh() {
		return nil
	}
	before, begun := kept.shown, time.Now()
	var after shown
	var changed []string
	_, err := k.engine.Read(ctx, Features.Name, ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, position int64) (err error) {
		if after, err = look(ctx, tx, ledger, position, before); err != nil || position == before.position {
			return err
		}
		changed, err = engine.List(ctx, tx, "list changed features", pgx.RowTo[string], `
			SELECT workspace
			FROM holdings
			WHERE ledger_id = $1 AND position > $2
			LIMIT $3`, [16]byte(ledger.ID), before.position, changesMax+1)
		return err
	})
	if err != nil {
		return err
	}
	// Whoever keeps a row meanwhile does so before, and has it forgotten here, or behind, and compares it with this position.
	kept.mu.Lock()
	defer kept.mu.Unlock()
	k.forget(ledger.ID, changed, after.position < before.position || len(changed) > changesMax)
	kept.shown, kept.lookedAt = after, begun
	return nil
}

func (l *keptLedger) fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lookedAt.IsZero() && time.Since(l.lookedAt) < keptFresh
}

// forget drops workspaces of a ledger, or all of them.
func (k *KeptFeatures) forget(ledger uuid.UUID, workspaces []string, all bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !all {
		for _, workspace := range workspaces {
			k.rows.Remove(keptKey{ledger, workspace})
		}
		return
	}
	for _, key := range slices.Clone(k.rows.Keys()) {
		if key.ledger == ledger {
			k.rows.Remove(key)
		}
	}
}

// look reads what all workspaces have in common, and takes over what has not changed since.
func look(ctx context.Context, tx pgx.Tx, ledger eventstore.Ledger, position int64, since shown) (s shown, err error) {
	s.position = position
	if ledger.Mode == eventstore.ModeSandbox {
		if s.clock, err = ledger.ClockAt(ctx, tx, position, time.Time{}); err != nil {
			return s, err
		}
	}
	err = tx.QueryRow(ctx, `
		SELECT position
		FROM catalogs
		WHERE ledger_id = $1`, [16]byte(ledger.ID)).Scan(&s.catalogAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return s, fmt.Errorf("look at the catalog: %w", err)
	}
	if s.products = since.products; s.catalogAt != since.catalogAt {
		s.products, err = listProducts(ctx, tx, ledger.ID)
		return s, err
	}
	return s, nil
}

// load reads what one workspace has, and keeps it unless the ledger has gone on meanwhile.
func (k *KeptFeatures) load(ctx context.Context, kept *keptLedger, ledger eventstore.Ledger, workspace string, minimum int64, system time.Time) (Held, error) {
	kept.mu.Lock()
	since := kept.shown
	kept.mu.Unlock()
	var s shown
	row := &keptHolding{}
	_, err := k.engine.Read(ctx, Features.Name, ledger.ID, minimum, func(ctx context.Context, tx pgx.Tx, position int64) (err error) {
		if s, err = look(ctx, tx, ledger, position, since); err != nil {
			return err
		}
		row.holdingRow, err = findHolding(ctx, tx, ledger.ID, workspace)
		return err
	})
	if err != nil {
		return Held{}, err
	}
	held := row.at(s, s.now(ledger, system))
	kept.mu.Lock()
	defer kept.mu.Unlock()
	// A row from before the last look may have changed by it. One from after it is forgotten by the next look if it has changed.
	if s.position >= kept.shown.position {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.rows.Add(keptKey{ledger.ID, workspace}, &keptHolding{holdingRow: row.holdingRow, readAt: s.position})
	}
	return held, nil
}
