package api

import (
	"context"
	"reflect"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections"
)

// unversioned is the version of an answer that has no ETag.
const unversioned = -1

// reading is how a query finds its answer: in one snapshot of a read model, with the version of its resource or
// unversioned. A check has read its body before.
type reading[V any] func(ctx context.Context, tx pgx.Tx, c *call) (view V, version int64, err error)

// queryRoute completes a GET that is answered from a read model.
func queryRoute[V any](r route, model projections.Projection, read reading[V]) route {
	r.kind, r.positioned, r.answer = kindQuery, true, reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error { return answer(s, c, model, read) }
	return r
}

// checkRoute completes a POST with the body B that only asks.
func checkRoute[B, V any](r route, model projections.Projection, read func(B) reading[V]) route {
	body := shapeOf(reflect.TypeFor[B]())
	r.kind, r.positioned, r.bodyMax = kindCheck, true, bodyBytesMax
	r.request, r.answer = reflect.TypeFor[B](), reflect.TypeFor[V]()
	r.handle = func(s *Server, c *call) error {
		var given B
		if _, err := c.read(body, &given); err != nil {
			return err
		}
		return answer(s, c, model, read(given))
	}
	return r
}

// answer reads and shows what was read with the position that it is of.
func answer[V any](s *Server, c *call, model projections.Projection, read reading[V]) error {
	minimum, err := c.minimum()
	if err != nil {
		return err
	}
	var view V
	version := int64(unversioned)
	position, err := s.engine.Read(c.ctx, model.Name, c.ledger.ID, minimum, func(ctx context.Context, tx pgx.Tx, position int64) error {
		if c.clock, err = c.ledger.ClockAt(ctx, tx, position, c.at); err != nil {
			return err
		}
		view, version, err = read(ctx, tx, c)
		return err
	})
	if err != nil {
		return err
	}
	c.header(version, position)
	return c.send(c.route.status, "application/json", marshal(view))
}
