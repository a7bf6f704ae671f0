package engine

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestReadYourWrites asks after each command for what it wrote, of many at once.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(rooms), polling(never))
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			name := string(rune('a' + i))
			for n := range 10 {
				outcome, err := b.Store.Execute(b.Ctx, b.Ledger, testbed.To(room(name), entered{string(rune('a' + n))}).Command())
				if err != nil {
					t.Error(err)
					return
				}
				p.Appended(b.Ledger.ID, outcome.LastPosition)
				var version, guests int64
				position := p.read("rooms", outcome.LastPosition, func(ctx context.Context, tx pgx.Tx) (err error) {
					version, guests, err = findRoom(ctx, tx, b.Ledger.ID, name)
					return err
				})
				if position < outcome.LastPosition || version != outcome.Version || guests != int64(n+1) {
					t.Errorf("position %d, version %d and %d guests after position %d", position, version, guests, outcome.LastPosition)
				}
			}
		})
	}
	clients.Wait()
	if n := len(p.positions.waiting); n > 0 {
		t.Errorf("%d read models are still waited for", n)
	}
}

// TestReadBehind asks for what nobody applies.
func TestReadBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.prepare(only(rooms))
	last := b.enter("acme", "ann")
	never := func(context.Context, pgx.Tx, int64) error {
		t.Error("the query was asked")
		return nil
	}
	_, err := p.Read(b.Ctx, "rooms", b.Ledger.ID, last, never)
	var behind *BehindError
	if !errors.As(err, &behind) || *behind != (BehindError{Projection: "rooms", Position: 0, Required: last}) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(b.Ctx)
	cancel()
	if _, err := p.Read(ctx, "rooms", b.Ledger.ID, last, never); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := p.Read(b.Ctx, "sheets", b.Ledger.ID, 0, never); !errors.Is(err, ErrUnknownProjection) {
		t.Errorf("error %v", err)
	}
	wrong := errors.New("wrong")
	if _, err := p.Read(b.Ctx, "rooms", b.Ledger.ID, 0, func(context.Context, pgx.Tx, int64) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("error %v", err)
	}
}

// TestPositions holds that a page wakes those whom it serves, and nobody else.
func TestPositions(t *testing.T) {
	t.Parallel()
	p, ledger := newPositions(), uuid.New()
	type waiting struct {
		name       string
		projection string
		ledger     uuid.UUID
		minimum    int64
		woken      bool
	}
	cases := []waiting{
		{"within the page", "rooms", ledger, 5, true}, {"at its end", "rooms", ledger, 7, true}, {"behind it", "rooms", ledger, 8, false},
		{"another ledger", "rooms", uuid.New(), 5, false}, {"another model", "visits", ledger, 5, false},
	}
	var woken []<-chan struct{}
	for _, c := range cases {
		reached, forget := p.await(c.projection, c.ledger, c.minimum)
		woken = append(woken, reached)
		defer forget()
	}
	p.advance("rooms", ledger, 7)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			is := false
			select {
			case <-woken[i]:
				is = true
			default:
			}
			if is != c.woken {
				t.Errorf("woken: %v", is)
			}
		})
	}
}
