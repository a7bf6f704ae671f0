package endpoint

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
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
