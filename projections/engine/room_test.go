package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// The tests follow guests who enter and leave rooms.
type (
	entered struct {
		Guest string `json:"guest"`
	}
	left struct {
		Guest string `json:"guest"`
	}
)

func (entered) EventType() string { return "room.entered.v1" }
func (left) EventType() string    { return "room.left.v1" }

// Only a later release knows these.
type (
	painted struct{}
	planted struct{}
)

func (painted) EventType() string { return "room.painted.v1" }
func (planted) EventType() string { return "garden.planted.v1" }

type roomState struct{}

func (roomState) Size() int { return 1 }

var roomType = streamType("room", entered{}, left{})

func streamType(name string, events ...domain.Event) domain.StreamType {
	return domain.NewStreamType(name, func(s roomState, _ domain.Event) roomState { return s }, events...)
}

func room(name string) domain.Stream { return domain.NewStream("room", name) }

// rooms is a read model of who is in which room.
var rooms = Projection{
	Name: "rooms", Revision: 1, Apply: applyRooms, Reads: []domain.StreamType{roomType},
	Tables: `
		CREATE TABLE rooms (ledger_id uuid, room text, version bigint NOT NULL, PRIMARY KEY (ledger_id, room));
		CREATE TABLE guests (ledger_id uuid, room text, guest text, PRIMARY KEY (ledger_id, room, guest));`,
}

func applyRooms(ctx context.Context, tx pgx.Tx, page Page) error {
	batch := &pgx.Batch{}
	for _, event := range page.Of(roomType) {
		batch.Queue(`
			INSERT INTO rooms VALUES ($1, $2, $3)
			ON CONFLICT (ledger_id, room) DO UPDATE SET version = excluded.version`,
			[16]byte(page.Ledger), event.Stream.Entity(), event.Version)
		switch e := event.Fact.(type) {
		case entered:
			batch.Queue(`INSERT INTO guests VALUES ($1, $2, $3)`, [16]byte(page.Ledger), event.Stream.Entity(), e.Guest)
		case left:
			batch.Queue(`DELETE FROM guests WHERE ledger_id = $1 AND room = $2 AND guest = $3`,
				[16]byte(page.Ledger), event.Stream.Entity(), e.Guest)
		}
	}
	return tx.SendBatch(ctx, batch).Close()
}

// findRoom gives the version of a room's stream and how many are in it.
func findRoom(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, name string) (version, guests int64, err error) {
	err = tx.QueryRow(ctx, `
		SELECT coalesce(max(r.version), 0), count(g.guest)
		FROM rooms r
		LEFT JOIN guests g USING (ledger_id, room)
		WHERE ledger_id = $1 AND room = $2`, [16]byte(ledger), name).Scan(&version, &guests)
	return version, guests, err
}

// visits counts who ever entered, so a page that is applied twice shows.
var visits = Projection{
	Name: "visits", Revision: 1, Apply: applyVisits, Reads: []domain.StreamType{roomType}, Skips: []domain.Event{left{}},
	Tables: `CREATE TABLE visits (ledger_id uuid PRIMARY KEY, n bigint NOT NULL);`,
}

func applyVisits(ctx context.Context, tx pgx.Tx, page Page) error {
	n := 0
	for _, event := range page.Events {
		if _, is := event.Fact.(entered); is {
			n++
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO visits AS v VALUES ($1, $2)
		ON CONFLICT (ledger_id) DO UPDATE SET n = v.n + excluded.n`, [16]byte(page.Ledger), n)
	return err
}

// with puts something around a projection's Apply.
func (p Projection) with(around func(ctx context.Context, apply func() error, page Page) error) Projection {
	inner := p.Apply
	p.Apply = func(ctx context.Context, tx pgx.Tx, page Page) error {
		return around(ctx, func() error { return inner(ctx, tx, page) }, page)
	}
	return p
}

// holds reports whether somebody enters a room on a page.
func (p Page) holds(guest string) bool {
	for _, event := range p.Events {
		if e, ok := event.Fact.(entered); ok && e.Guest == guest {
			return true
		}
	}
	return false
}

// crowd gives the events of a full room: one guest enters and another leaves.
func crowd(name string, from, n int) testbed.Group {
	var events []domain.Event
	for i := from; i < from+n; i++ {
		events = append(events, entered{fmt.Sprintf("g%d", i)})
		if i >= 50 {
			events = append(events, left{fmt.Sprintf("g%d", i-50)})
		}
	}
	return testbed.To(room(name), events...)
}

// appender appends without a pause until it is stopped.
type appender struct {
	stop func() (last int64)
}

// appending writes to one room of a ledger; told are engines that hear of it, as those of its own process do.
func (b *bench) appending(ledger eventstore.Ledger, name string, told ...*process) *appender {
	stop, ended := make(chan struct{}), make(chan struct{})
	var last int64
	go func() {
		defer close(ended)
		for i := 0; ; i += 3 {
			select {
			case <-stop:
				return
			default:
			}
			outcome, err := b.Store.Execute(b.Ctx, ledger, crowd(name, i, 3).Command())
			if err != nil {
				b.T.Errorf("append: %v", err)
				return
			}
			last = outcome.LastPosition
			for _, p := range told {
				p.Appended(ledger.ID, last)
			}
		}
	}()
	a := &appender{stop: sync.OnceValue(func() int64 {
		close(stop)
		<-ended
		return last
	})}
	b.T.Cleanup(func() { a.stop() })
	return a
}

var errIndigestible = errors.New("indigestible")
