package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// serve takes one request through the door, whatever becomes of it.
func (s *Server) serve(r *route, c echo.Context) {
	begun := time.Now()
	request := c.Request()
	made := &call{http: c, route: r, id: requestID(request.Header), at: s.now(), names: map[string]string{}}
	header := c.Response().Header()
	header.Set(echo.HeaderXRequestID, made.id)
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	header.Set(echo.HeaderCacheControl, "no-store")
	var cancel context.CancelFunc
	made.ctx, cancel = context.WithTimeout(request.Context(), s.timeout)
	defer cancel()
	if err := s.handle(made); err != nil {
		s.refuse(made, err)
	}
	s.note(made, time.Since(begun))
	if made.aborted {
		panic(http.ErrAbortHandler)
	}
}

// handle turns a panic into an error like any other, so it ends that request alone.
func (s *Server) handle(c *call) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	if err := c.admit(s); err != nil {
		return err
	}
	return c.route.handle(s, c)
}

// refuse answers with a problem, if the answer has not begun. An error of ours is logged here, once.
func (s *Server) refuse(c *call, err error) {
	p := problemOf(err)
	c.result = p.Code
	if p.cause != nil {
		s.log.ErrorContext(c.ctx, "request failed", slog.String("request_id", c.id), slog.String("route", c.route.path),
			slog.Any("error", p.cause))
	}
	if c.http.Response().Committed {
		return
	}
	if err := p.send(c); err != nil && !errors.Is(err, context.Canceled) {
		s.log.DebugContext(c.ctx, "answer could not be sent", slog.String("request_id", c.id), slog.Any("error", err))
	}
}
