package endpoint

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/eventstore"
)

// note writes down what became of a request, for people and for Prometheus. It never writes a body, a value of the query
// or a credential.
func (s *Server) note(c *Call, took time.Duration) {
	request, response := c.http.Request(), c.http.Response()
	s.metrics.observe(c, response.Status, took)
	attributes := []slog.Attr{
		slog.String("method", method(request.Method)),
		slog.String("route", c.route.Path),
		slog.String("path", loggedPath(c)),
		slog.Int("status", response.Status),
		slog.Float64("took_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", response.Size),
		slog.String("request_id", c.ID),
		slog.String("client", c.http.RealIP()),
		slog.String("key", c.Actor),
		slog.String("ledger", c.Ledger.Name),
	}
	if c.denial.reason != "" {
		attributes = append(attributes, slog.String("denied", c.denial.reason), slog.String("presented", c.denial.credential))
	}
	s.log.LogAttrs(c.ctx, slog.LevelInfo, "request", attributes...)
}

const loggedPathMax = 256

// loggedPath leaves out the token of a link, which would open the document to whoever reads the log.
func loggedPath(c *Call) string {
	if c.route.kind == KindPage {
		return c.route.Path
	}
	return cut(c.http.Request().URL.Path, loggedPathMax)
}

// clientAddress finds who sent a request: the one that the connection comes from, or behind proxies that are trusted the last
// one that they did not know.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	// By itself echo trusts whatever is private.
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		p = p.Masked()
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// method keeps made-up methods out of logs and labels.
func method(name string) string {
	switch name {
	case "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS":
		return name
	}
	return "other"
}

// Recording tells which answers of a route are kept in the log of access. Refusals are kept, too, where it is known who asked.
type Recording int

const (
	RecordsNothing Recording = iota
	RecordsAll               // all answers: exports, proofs, personal data
	RecordsPrivate           // those that the handler tells by [Call.Reads] to show private parts of events
)

// AccessLog keeps who read what is not for everybody.
type AccessLog interface {
	// Record returns once the access is kept for good.
	Record(context.Context, Access) error
}

// Access tells who read what.
type Access struct {
	Ledger uuid.UUID
	Actor  string // the key's id, or what a link opened
	Role   string // the key's, or [RoleLink]
	Method string
	Path   string
	Status int
	From   int64 // the first event that was read, 0 for none
	To     int64
	Client string // the address
}

// RoleLink stands in the log of access for whoever has a link.
const RoleLink = "link"

// span reaches from one position to another.
type span struct{ from, to int64 }

// Reads tells that the answer shows the events from one position to another, of a recorded route.
func (c *Call) Reads(from, to int64) {
	switch {
	case c.covers == (span{}), c.kept && to > c.covers.to:
		c.covers, c.kept = span{from, to}, false
	case !c.kept:
		c.covers = span{min(from, c.covers.from), max(to, c.covers.to)}
	}
}

// record keeps that the answer is read, before it is sent. Of a refusal the server only tries to: nothing is read by it.
func (c *Call) record(status int) error {
	refused := status >= http.StatusBadRequest
	private := c.route.Recorded == RecordsPrivate
	if c.route.Recorded == RecordsNothing || c.server.accesses == nil || c.kept || c.Ledger.ID == uuid.Nil || status == http.StatusTooManyRequests ||
		status >= http.StatusInternalServerError || private && !refused && c.covers == (span{}) {
		return nil
	}
	// A line that is followed outlasts the time of other requests.
	ctx, cancel := context.WithTimeout(c.http.Request().Context(), max(c.timeout, requestTimeout))
	defer cancel()
	a := Access{
		Ledger: c.Ledger.ID, Actor: c.Actor, Role: string(c.Role), Method: method(c.http.Request().Method), Path: loggedPath(c), Status: status,
		From: c.covers.from, To: c.covers.to, Client: c.http.RealIP(),
	}
	if c.route.kind == KindPage {
		a.Actor, a.Role = c.opened.Place+":"+c.opened.ID, RoleLink
	}
	err := c.server.accesses.Record(ctx, a)
	if err != nil && refused {
		c.server.log.WarnContext(ctx, "a refused access was not recorded", slog.String("request_id", c.ID), slog.Any("error", err))
		return nil
	}
	if c.kept = err == nil; c.kept || eventstore.IsUnavailable(err) {
		return err
	}
	p := newProblem(http.StatusServiceUnavailable, CodeAccessNotRecorded, "who reads this is recorded first, and that was not possible").again()
	p.cause = err
	return p
}
