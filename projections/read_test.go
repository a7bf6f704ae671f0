package projections

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/seating"
)

// TestReadYourWrites asks after each command for what it wrote, of many at once.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.run(only(Seats), polling(never))
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			workspace := string(rune('a' + i))
			for n := range 10 {
				outcome, err := b.store.Execute(b.ctx, b.ledger, group{{
					seating.Stream(workspace), events(seat(string(rune('a' + n)))),
				}}.command())
				if err != nil {
					t.Error(err)
					return
				}
				p.Appended(b.ledger.ID, outcome.LastPosition)
				var pool SeatPool
				position := p.read("seats", outcome.LastPosition, func(ctx context.Context, tx pgx.Tx) (err error) {
					pool, err = FindSeatPool(ctx, tx, b.ledger.ID, workspace, time.Now())
					return err
				})
				if position < outcome.LastPosition || pool.Version != outcome.Version || pool.Use.Allocated != int64(n+1) {
					t.Errorf("position %d and %+v after position %d", position, pool, outcome.LastPosition)
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
	p := b.prepare(only(Seats))
	last := b.append(seating.Stream("acme"), seat("ann"))
	never := func(context.Context, pgx.Tx, int64) error {
		t.Error("the query was asked")
		return nil
	}
	_, err := p.Read(b.ctx, "seats", b.ledger.ID, last, never)
	var behind *BehindError
	if !errors.As(err, &behind) || *behind != (BehindError{Projection: "seats", Position: 0, Required: last}) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	if _, err := p.Read(ctx, "seats", b.ledger.ID, last, never); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := p.Read(b.ctx, "sheets", b.ledger.ID, 0, never); !errors.Is(err, ErrUnknownProjection) {
		t.Errorf("error %v", err)
	}
	wrong := errors.New("wrong")
	if _, err := p.Read(b.ctx, "seats", b.ledger.ID, 0, func(context.Context, pgx.Tx, int64) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("error %v", err)
	}
}

// TestPositions holds that a page wakes those whom it serves, and nobody else.
func TestPositions(t *testing.T) {
	t.Parallel()
	p, ledger := newPositions(), uuid.New()
	type waiting struct {
		projection string
		ledger     uuid.UUID
		minimum    int64
		woken      bool
	}
	cases := []waiting{
		{"seats", ledger, 5, true}, {"seats", ledger, 7, true}, {"seats", ledger, 8, false},
		{"seats", uuid.New(), 5, false}, {"catalog", ledger, 5, false},
	}
	var woken []<-chan struct{}
	for _, c := range cases {
		reached, forget := p.await(c.projection, c.ledger, c.minimum)
		woken = append(woken, reached)
		defer forget()
	}
	p.advance("seats", ledger, 7)
	for i, c := range cases {
		select {
		case <-woken[i]:
			if !c.woken {
				t.Errorf("%+v was woken", c)
			}
		default:
			if c.woken {
				t.Errorf("%+v was not woken", c)
			}
		}
	}
}
