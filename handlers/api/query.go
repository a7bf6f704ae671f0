package api

import (
	"context"
	"reflect"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections/engine"
)

// unversioned is the version of an answer that has no ETag.
const unversioned = -1

// reading is how a query finds its answer: in one snapshot of a read model, with the version of its resource or
// unversioned. A check has read its body before.
type reading[V any] func(ctx context.Context, tx pgx.Tx, c *call) (view V, version int64, err error)

// queryRoute completes a GET that is answered from a read model.
func queryRoute[V any](r route, model engine.Projection, read reading[V]) route {
	r.kind, r.positioned, r.answer = kindQuery, true, reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error { return answer(s, c, s.readModel(model), read) }
	return r
}

// logRoute completes a GET that is answered from the log itself, which is never behind.
func logRoute[V any](r route, read reading[V]) route {
	r.kind, r.positioned, r.answer = kindQuery, true, reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error { return answer(s, c, s.readLog, read) }
	return r
}

// checkRoute completes a POST with the body B that only asks.
func checkRoute[B, V any](r route, model engine.Projection, read func(B) reading[V]) route {
	body := shapeOf(reflect.TypeFor[B]())
	r.kind, r.positioned, r.bodyMax = kindCheck, true, bodyBytesMax
	r.request, r.answer = reflect.TypeFor[B](), reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error {
		var given B
		if _, err := c.read(body, &given); err != nil {
			return err
		}
		return answer(s, c, s.readModel(model), read(given))
	}
	return r
}

// snapshot runs a query on what shows a ledger at the minimum position or a later one, and gives that.
type snapshot func(ctx context.Context, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx, int64) error) (int64, error)

func (s *Server) readModel(model engine.Projection) snapshot {
	return func(ctx context.Context, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx, int64) error) (int64, error) {
		return s.engine.Read(ctx, model.Name, ledger, minimum, query)
	}
}

func (s *Server) readLog(ctx context.Context, ledger uuid.UUID, minimum int64, query func(context.Context, pgx.Tx, int64) error) (tail int64, err error) {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		if tail, err = tailOf(ctx, tx, ledger, minimum); err != nil {
			return err
		}
		return query(ctx, tx, tail)
	})
	return tail, err
}

// answer shows what was read.
func answer[V any](s *Server, c *call, of snapshot, read reading[V]) error {
	view, err := look(s, c, of, read)
	if err != nil {
		return err
	}
	return c.send(c.route.status, "application/json", marshal(view))
}

// look reads, and writes into the header which position and version was read.
func look[V any](s *Server, c *call, of snapshot, read reading[V]) (view V, err error) {
	minimum, err := c.minimum()
	if err != nil {
		return view, err
	}
	version := int64(unversioned)
	position, err := of(c.ctx, c.ledger.ID, minimum, func(ctx context.Context, tx pgx.Tx, position int64) error {
		if c.clock, err = c.ledger.ClockAt(ctx, tx, position, c.at); err != nil {
			return err
		}
		view, version, err = read(ctx, tx, c)
		return err
	})
	if err != nil {
		return view, err
	}
	c.header(version, position)
	return view, nil
}
