package endpoint

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/projections/engine"
)

// Reading finds a query's answer in one snapshot of a read model. It sets the answer's version where the route has one.
type Reading[V any] func(ctx context.Context, tx pgx.Tx, c *Call) (V, error)

// Query completes a GET that is answered from a read model.
func Query[V any](r Route, model engine.Projection, read Reading[V]) Route {
	return answering[V](r, KindQuery, func(c *Call) error { return answer(c, c.readModel(model), read) })
}

// LogQuery completes a GET that is answered from the log itself, which is never behind.
func LogQuery[V any](r Route, read Reading[V]) Route {
	return answering[V](r, KindQuery, func(c *Call) error { return answer(c, c.readLog, read) })
}

// RenderQuery completes a GET that shows what a read model has in the form of AnswerAs alone, with headers of its own.
func RenderQuery[V any](r Route, model engine.Projection, read Reading[V], render Rendering[V]) Route {
	r = answering[V](r, KindQuery, func(c *Call) error {
		found, position, err := look(c, c.readModel(model), read)
		if err != nil {
			return err
		}
		return sendRendered(c, found, c.version, position, render)
	})
	r.answer = nil
	return r
}

// sendRendered answers with what was found in the form of AnswerAs.
func sendRendered[V any](c *Call, found V, version, position int64, render Rendering[V]) error {
	header := http.Header{}
	body, err := render(found, header)
	if err != nil {
		return err
	}
	maps.Copy(c.http.Response().Header(), header)
	c.header(version, position)
	return c.send(c.route.Status, withCharset(c.route.AnswerAs), body)
}

// withCharset says in which characters a text is written.
func withCharset(contentType string) string {
	if strings.HasPrefix(contentType, "text/") && !strings.Contains(contentType, ";") {
		return contentType + "; charset=utf-8"
	}
	return contentType
}

// TailQuery completes a GET that is answered as of now, beside the log. It shows the position of the newest event.
func TailQuery[V any](r Route, read func(*Call) (V, error)) Route {
	return answering[V](r, KindQuery, func(c *Call) error {
		tail, err := c.lookTail()
		if err != nil {
			return err
		}
		view, err := read(c)
		if err != nil {
			return err
		}
		return c.show(tail, view)
	})
}

// TailBytes completes a GET that is answered as of now, beside the log, in the form of AnswerAs alone.
func TailBytes(r Route, read func(*Call) ([]byte, error)) Route {
	r = answering[NoBody](r, KindQuery, func(c *Call) error {
		tail, err := c.lookTail()
		if err != nil {
			return err
		}
		body, err := read(c)
		if err != nil {
			return err
		}
		c.header(unversioned, tail)
		if r.Immutable {
			c.http.Response().Header().Set(echo.HeaderCacheControl, "private, max-age=31536000, immutable")
		}
		return c.send(c.route.Status, withCharset(c.route.AnswerAs), body)
	})
	r.answer = nil
	return r
}

// TailQueryOr completes a GET like [TailQuery] does, or in the form of AnswerAs where the client asks for that and does not take JSON.
func TailQueryOr[V any](r Route, read func(*Call) (V, error), render func(V) []byte) Route {
	query := TailQuery(r, read)
	bytes := TailBytes(r, func(c *Call) ([]byte, error) {
		view, err := read(c)
		if err != nil {
			return nil, err
		}
		return render(view), nil
	})
	return answering[V](r, KindQuery, func(c *Call) error {
		header := c.http.Request().Header
		if !takes(header, echo.MIMEApplicationJSON) && accepts(header, echo.HeaderAccept, r.AnswerAs) {
			return bytes.handle(c)
		}
		return query.handle(c)
	})
}

// Keeping finds a query's answer at the minimum position or a later one, and gives that position.
type Keeping[V any] func(c *Call, minimum int64) (view V, position int64, err error)

// KeptQuery completes a GET that is answered from what the process keeps. A [Tagged] answer has an ETag of its content.
func KeptQuery[V any](r Route, find Keeping[V]) Route {
	r.Tagged = isTagged[V]()
	return answering[V](r, KindQuery, func(c *Call) error { return keptAnswer(c, find) })
}

func isTagged[V any]() bool {
	_, tagged := any(*new(V)).(Tagged)
	return tagged
}

func keptAnswer[V any](c *Call, find Keeping[V]) error {
	minimum, err := c.minimum()
	if err != nil {
		return err
	}
	view, position, err := find(c, minimum)
	if err != nil {
		return err
	}
	return c.showTagged(position, view)
}

// ForeignQuery completes a POST of another specification that only asks: find reads the body itself, and refuse writes refusals in
// the specification's form.
func ForeignQuery[V any](r Route, find Keeping[V], refuse func(*Call, *Problem) (status int, body any)) Route {
	r.request, r.BodyMax, r.Tagged, r.refuse = reflect.TypeFor[V](), BodyBytesMax, isTagged[V](), refuse
	return answering[V](r, KindCheck, func(c *Call) error {
		var err error
		if c.body, err = readBody(c.http.Request(), c.route.BodyMax); err != nil {
			return err
		}
		return keptAnswer(c, find)
	})
}

// lookTail gives the position of the newest event, which must be the call's minimum position at least.
func (c *Call) lookTail() (int64, error) {
	minimum, err := c.minimum()
	if err != nil {
		return 0, err
	}
	return c.tail(c.ctx, c.server.pool, minimum)
}

// snapshot runs a query on what shows the call's ledger at the minimum position or a later one, and gives that position.
type snapshot func(ctx context.Context, minimum int64, query func(context.Context, pgx.Tx, int64) error) (int64, error)

func (c *Call) readModel(model engine.Projection) snapshot {
	return func(ctx context.Context, minimum int64, query func(context.Context, pgx.Tx, int64) error) (int64, error) {
		return c.server.engine.Query(ctx, model.Name, c.Ledger.ID, minimum, query)
	}
}

func (c *Call) readLog(ctx context.Context, minimum int64, query func(context.Context, pgx.Tx, int64) error) (tail int64, err error) {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, c.server.pool, options, func(tx pgx.Tx) error {
		if tail, err = c.tail(ctx, tx, minimum); err != nil {
			return err
		}
		return query(ctx, tx, tail)
	})
	return tail, err
}

// answer shows what was read.
func answer[V any](c *Call, of snapshot, read Reading[V]) error {
	view, position, err := look(c, of, read)
	if err != nil {
		return err
	}
	return c.show(position, view)
}

// ReadFrom reads a read model at a position or a later one, and gives that position.
func ReadFrom[V any](c *Call, minimum int64, model engine.Projection, read Reading[V]) (V, int64, error) {
	return lookFrom(c, minimum, c.readModel(model), read)
}

// look reads, and gives the position of what was read.
func look[V any](c *Call, of snapshot, read Reading[V]) (view V, position int64, err error) {
	minimum, err := c.minimum()
	if err != nil {
		return view, 0, err
	}
	return lookFrom(c, minimum, of, read)
}

// lookFrom reads at a position or a later one.
func lookFrom[V any](c *Call, minimum int64, of snapshot, read Reading[V]) (view V, position int64, err error) {
	position, err = of(c.ctx, minimum, func(ctx context.Context, tx pgx.Tx, position int64) error {
		if c.clock, err = c.Ledger.ClockAt(ctx, tx, position, c.at); err != nil {
			return err
		}
		c.snapped = position
		view, err = read(ctx, tx, c)
		return err
	})
	return view, position, err
}
