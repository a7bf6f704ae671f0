package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	// collections is the number of invoices whose money is due at one instant.
	collections = 10_000
	// gatewayLatency is the time that the gateway takes for each answer.
	gatewayLatency = 50 * time.Millisecond
)

// collection makes invoices of many workspaces while the gateway is away, so that all of them are to be collected a minute later, and
// measures the time in which the gateway, which then answers after a while, is asked for all of them and the answers are recorded. The
// baseline is issuing the invoices over HTTP.
func (b Command) collection(ctx context.Context, dir string, report *table) error {
	server, err := bootServer(ctx, dir)
	if err != nil {
		return err
	}
	defer server.stop()
	now, err := server.now(ctx)
	if err != nil {
		return err
	}
	if err := server.attach(ctx, collections); err != nil {
		return err
	}
	if err := server.setGateway(ctx, `{"available":false}`); err != nil {
		return err
	}
	begin := time.Now()
	if err := server.issue(ctx, collections); err != nil {
		return err
	}
	issued := collections / time.Since(begin).Seconds()
	if err := server.advance(ctx, now); err != nil { // all were tried, and are tried again a minute later
		return err
	}
	if err := server.setGateway(ctx, fmt.Sprintf(`{"latency_ms":%d}`, gatewayLatency.Milliseconds())); err != nil {
		return err
	}
	begin = time.Now()
	if err := server.advance(ctx, now.Add(time.Minute)); err != nil {
		return err
	}
	took := time.Since(begin).Seconds()
	var totals struct {
		Requests int `json:"charge_requests"`
		Captured []struct{ Amount string }
	}
	if err := server.read(ctx, "/v1/sandbox/totals", &totals); err != nil {
		return err
	}
	if want := fmt.Sprintf("[{%d.00}]", 12*collections); totals.Requests != collections || fmt.Sprint(totals.Captured) != want {
		return fmt.Errorf("the gateway was asked %d times and took %v", totals.Requests, totals.Captured)
	}
	report.rate(fmt.Sprintf("collecting %d invoices due at one instant, gateway in %v", collections, gatewayLatency), collections/took, issued, "issuing them over HTTP")
	return nil
}

func (s *benchServer) setGateway(ctx context.Context, settings string) error {
	_, err := s.request(ctx, http.MethodPut, "/v1/sandbox/gateway", "", settings, "")
	return err
}

// now reads the sandbox's clock.
func (s *benchServer) now(ctx context.Context) (time.Time, error) {
	var clock struct{ Now time.Time }
	err := s.read(ctx, "/v1/clock", &clock)
	return clock.Now, err
}

// advance lets the sandbox's clock stand at an instant, with all that it causes.
func (s *benchServer) advance(ctx context.Context, to time.Time) error {
	_, err := s.request(ctx, http.MethodPost, "/v1/clock/advance", "", fmt.Sprintf(`{"to":%q}`, to.Format(time.RFC3339Nano)), "")
	return err
}

// attach gives so many workspaces a payment method.
func (s *benchServer) attach(ctx context.Context, count int) error {
	return s.each(ctx, count, func(i int) (path, body string) {
		return fmt.Sprintf("/v1/workspaces/c-%d/payment-methods", i), `{"gateway":"sandbox","token":"tok_ok"}`
	})
}

// issue issues an invoice of 12.00 to so many workspaces.
func (s *benchServer) issue(ctx context.Context, count int) error {
	return s.each(ctx, count, func(i int) (path, body string) {
		return fmt.Sprintf("/v1/workspaces/c-%d/invoices", i),
			`{"currency":"USD","collection":"automatic","lines":[{"description":"setup","unit_amount":"12.00"}]}`
	})
}
