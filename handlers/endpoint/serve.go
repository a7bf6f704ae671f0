package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/eventstore"
)

// serve takes one request through the server, whatever becomes of it.
func (s *Server) serve(r *Route, c echo.Context) {
	begun := time.Now()
	made := &Call{
		ID: requestID(c.Request().Header), server: s, http: c, route: r, at: s.now(), names: map[string]string{}, version: unversioned,
	}
	end := s.trace(made)
	defer end()
	header := c.Response().Header()
	header.Set(echo.HeaderXRequestID, made.ID)
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	header.Set(echo.HeaderCacheControl, "no-store")
	cancel := s.limit(made)
	defer cancel()
	if err := s.handle(made); err != nil {
		s.refuse(made, err)
	}
	s.note(made, time.Since(begun))
	if made.aborted {
		panic(http.ErrAbortHandler)
	}
}

// limit gives a request its time.
func (s *Server) limit(c *Call) (cancel context.CancelFunc) {
	c.timeout = s.timeout
	if c.route.Timeout > 0 {
		c.timeout = c.route.Timeout
	}
	c.ctx, cancel = context.WithTimeout(c.http.Request().Context(), c.timeout)
	return cancel
}

// extend gives the connection more time where the request has more than others. It comes after the credentials and the whole
// body, so that nobody holds a connection for long by sending little.
func (c *Call) extend() {
	if c.timeout <= requestTimeout {
		return
	}
	controller, until := http.NewResponseController(c.http.Response()), time.Now().Add(c.timeout+drainTimeout)
	// A connection that can't be given more time cuts the answer off, which the client sees.
	_ = controller.SetReadDeadline(until)
	_ = controller.SetWriteDeadline(until)
}

// drainTimeout bounds the sending of an answer, behind the time that making it may take.
const drainTimeout = 10 * time.Second

// handle turns a panic into an error like any other, so it ends that request alone.
func (s *Server) handle(c *Call) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	if err := c.admit(); err != nil {
		return err
	}
	defer c.leave()
	if c.route.request == nil {
		c.extend()
	}
	return c.route.handle(c)
}

// refuse answers with a problem, if the answer has not begun. An error of ours is logged here, once.
func (s *Server) refuse(c *Call, err error) {
	p := ProblemOf(err)
	if newer, ok := errors.AsType[*eventstore.NewerReleaseError](err); ok {
		s.codec.Meet(newer)
	}
	c.result, c.denial = p.Code, p.denial
	if p.cause != nil {
		s.log.ErrorContext(c.ctx, "request failed", slog.String("request_id", c.ID), slog.String("route", c.route.Path),
			slog.Any("error", p.cause))
	}
	if c.http.Response().Committed {
		return
	}
	if p.Status == http.StatusUnauthorized && c.http.Request().ContentLength != 0 {
		// The server would wait for the rest of the body, to serve the next request of a stranger.
		c.http.Response().Header().Set(echo.HeaderConnection, "close")
	}
	send := p.send
	switch {
	case c.route.kind == KindPage:
		send = p.sendPage
	case c.route.refuse != nil:
		send = p.sendForeign
	}
	if err := send(c); err != nil && !errors.Is(err, context.Canceled) {
		s.log.DebugContext(c.ctx, "answer could not be sent", slog.String("request_id", c.ID), slog.Any("error", err))
	}
}
