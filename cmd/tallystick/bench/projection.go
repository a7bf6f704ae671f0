package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// projection compares the seats read model through Watermill with watermill-sql's defaults (an outbox, one message an
// event) and with the same apply in a plain loop.
func (b Command) projection(ctx context.Context, dir string, report *table) error {
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
		ledger, err := b.fill(ctx, h, admin)
		if err != nil {
			return err
		}
		outbox, err := b.watermillDefaults(ctx, admin)
		if err != nil {
			return err
		}
		plain, err := b.plainLoop(ctx, h, admin, ledger)
		if err != nil {
			return err
		}
		projected, rebuilt, err := b.throughEngine(ctx, h)
		if err != nil {
			return err
		}
		report.rate("seats projected through Watermill", projected, outbox, "watermill-sql v3's defaults")
		report.rate("seats projected through Watermill", projected, plain, "plain pgx batches")
		report.rate("seats rebuilt beside the live version", rebuilt, outbox, "watermill-sql v3's defaults")
		report.rate("seats rebuilt beside the live version", rebuilt, plain, "plain pgx batches")
		return nil
	})
}

// fill appends the events of a history in which members come, change and go in a thousand workspaces.
func (b Command) fill(ctx context.Context, h *house.House, admin *pgxpool.Pool) (ledger eventstore.Ledger, err error) {
	err = admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		ledger, err = eventstore.CreateLedger(ctx, conn.Conn(), "bench", eventstore.ModeLive, time.Now())
		return err
	})
	if err != nil {
		return ledger, err
	}
	const workers = 64
	var filling errgroup.Group
	for worker := range workers {
		filling.Go(func() error {
			for n := worker; n*comeAndGoEvents < b.Events; n += workers {
				if _, err := h.Store.Execute(ctx, ledger, comeAndGo(n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return ledger, filling.Wait()
}

const comeAndGoEvents = 5

// comeAndGo makes a group of seat events in a workspace.
func comeAndGo(n int) eventstore.Command {
	stream := seating.Stream(fmt.Sprintf("w-%d", n%1_000))
	c := seatCommand("", nil)
	c.Resource, c.Writes = stream, []domain.Stream{stream}
	c.Decide = func(d *eventstore.Decision) (eventstore.Answer, error) {
		one, two := fmt.Sprintf("m-%d", 2*n), fmt.Sprintf("m-%d", 2*n+1)
		d.Append(stream,
			seating.Allocated{Member: one, Role: seating.RoleMember, Since: d.Now()},
			seating.Reserved{Member: two, Role: seating.RoleGuest, Since: d.Now()},
			seating.Accepted{Member: two, Role: seating.RoleGuest, Since: d.Now()},
			seating.RoleChanged{Member: one, From: seating.RoleMember, To: seating.RoleAdmin, State: seating.StatusActive},
			seating.Released{Member: two, Role: seating.RoleGuest, State: seating.StatusActive},
		)
		return eventstore.Answer{Status: 200}, nil
	}
	return c
}

// watermillDefaults consumes as many messages from an outbox, and stops after a while.
func (b Command) watermillDefaults(ctx context.Context, admin *pgxpool.Pool) (float64, error) {
	db := stdlib.OpenDBFromPool(admin)
	defer db.Close()
	schema, offsets := watermillsql.DefaultPostgreSQLSchema{}, watermillsql.DefaultPostgreSQLOffsetsAdapter{}
	publisher, err := watermillsql.NewPublisher(db, watermillsql.PublisherConfig{SchemaAdapter: schema, AutoInitializeSchema: true}, nil)
	if err != nil {
		return 0, err
	}
	for published := 0; published < b.Events; {
		var batch []*message.Message
		for range min(1_000, b.Events-published) {
			batch = append(batch, message.NewMessage(watermill.NewUUID(), fmt.Appendf(nil, `{"workspace":"w-%d"}`, published%1_000)))
			published++
		}
		if err := publisher.Publish("outbox", batch...); err != nil {
			return 0, err
		}
	}
	if _, err := admin.Exec(ctx, `CREATE TABLE tallystick.counted (workspace text PRIMARY KEY, n int NOT NULL)`); err != nil {
		return 0, err
	}
	subscriber, err := watermillsql.NewSubscriber(db, watermillsql.SubscriberConfig{
		ConsumerGroup: "bench", SchemaAdapter: schema, OffsetsAdapter: offsets, InitializeSchema: true,
	}, nil)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*b.For)
	defer cancel()
	messages, err := subscriber.Subscribe(ctx, "outbox")
	if err != nil {
		return 0, err
	}
	begin, consumed := time.Now(), 0
	for msg := range messages {
		tx, _ := watermillsql.TxFromContext(msg.Context())
		_, err := tx.ExecContext(msg.Context(), `
			INSERT INTO tallystick.counted VALUES ($1::json->>'workspace', 1)
			ON CONFLICT (workspace) DO UPDATE SET n = counted.n + 1`, string(msg.Payload))
		if err != nil {
			break // the time is over
		}
		msg.Ack()
		if consumed++; consumed == b.Events {
			break
		}
	}
	return float64(consumed) / time.Since(begin).Seconds(), nil
}

// plainLoop reads, applies and commits page after page, with a checkpoint row that it updates.
func (b Command) plainLoop(ctx context.Context, h *house.House, admin *pgxpool.Pool, ledger eventstore.Ledger) (float64, error) {
	_, err := admin.Exec(ctx, `CREATE SCHEMA plain; CREATE TABLE plain.checkpoint (position bigint NOT NULL);
		INSERT INTO plain.checkpoint VALUES (0); SET search_path = plain; `+projections.Seats.Tables+`; RESET search_path`)
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	applied := int64(0)
	for more := true; more; {
		err := pgx.BeginFunc(ctx, admin, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config('search_path', 'plain', true)`); err != nil {
				return err
			}
			events, err := h.Codec.After(ctx, tx, ledger.ID, applied, eventstore.Filter{}, eventstore.PageMax)
			if err != nil || len(events) == 0 {
				more = false
				return err
			}
			applied = events[len(events)-1].Position
			if _, err := tx.Exec(ctx, `UPDATE plain.checkpoint SET position = $1`, applied); err != nil {
				return err
			}
			return projections.Seats.Apply(ctx, tx, engine.Page{Ledger: ledger.ID, Events: events})
		})
		if err != nil {
			return 0, err
		}
	}
	return float64(applied) / time.Since(begin).Seconds(), nil
}

// throughEngine projects the history as the server does, then rebuilds the same read model while it serves.
func (b Command) throughEngine(ctx context.Context, h *house.House) (projected, rebuilt float64, err error) {
	models := engine.New(engine.Options{
		Pool: h.Queries, Feed: h.Feed, Codec: h.Codec, Projections: []engine.Projection{projections.Seats},
	})
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	begin := time.Now()
	go func() { ended <- models.Run(running) }()
	defer func() {
		stop()
		if failed := <-ended; err == nil {
			err = failed
		}
	}()
	total, err := awaitCaughtUp(ctx, models)
	if err != nil {
		return 0, 0, err
	}
	projected = float64(total) / time.Since(begin).Seconds()
	begin = time.Now()
	if _, err := models.Rebuild(ctx, projections.Seats.Name, func(engine.Progress) {}); err != nil {
		return 0, 0, err
	}
	return projected, float64(total) / time.Since(begin).Seconds(), nil
}

// awaitCaughtUp returns the number of events once the seats read model has them all.
func awaitCaughtUp(ctx context.Context, models *engine.Engine) (int64, error) {
	for {
		reports, err := models.Report(ctx, uuid.Nil)
		if err != nil {
			return 0, err
		}
		for _, r := range reports {
			if r.Projection != projections.Seats.Name || r.Tail == 0 {
				continue
			}
			if r.Error != "" {
				return 0, fmt.Errorf("%s stopped: %s", r.Projection, r.Error)
			}
			if r.Lag() == 0 {
				return r.Tail, nil
			}
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
