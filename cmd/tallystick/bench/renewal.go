package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// renewals is the number of subscriptions that fall due at one instant.
const renewals = 10_000

// renewal makes many subscriptions of a sandbox fall due at one instant, advances the clock over it, and measures the time
// until all read models show that. The baseline is making the same subscriptions over HTTP, which writes as many invoices.
func (b Command) renewal(ctx context.Context, dir string, report *table) error {
	server, err := bootServer(ctx, dir)
	if err != nil {
		return err
	}
	defer server.stop()
	if err := server.sellMonths(ctx); err != nil {
		return err
	}
	begin := time.Now()
	if err := server.subscribe(ctx, renewals); err != nil {
		return err
	}
	created := renewals / time.Since(begin).Seconds()
	// The clock has stood still since the ledger was made, so all of them have the same period; it ends within a month and
	// a day.
	begin = time.Now()
	end := begin.AddDate(0, 1, 1).UTC().Format(time.RFC3339)
	if _, err := server.request(ctx, http.MethodPost, "/v1/clock/advance", "", `{"to":"`+end+`"}`, ""); err != nil {
		return err
	}
	report.rate(fmt.Sprintf("renewing %d subscriptions due at one instant", renewals), renewals/time.Since(begin).Seconds(), created,
		"creating them over HTTP")
	return nil
}

// subscribe makes count subscriptions, some at a time.
func (s *benchServer) subscribe(ctx context.Context, count int) error {
	return s.each(ctx, count, func(i int) (path, body string) {
		return fmt.Sprintf("/v1/workspaces/r-%d/subscription", i), `{"price":"month","seats":5,"collection":"send_invoice"}`
	})
}

// each posts count requests that make something, some at a time.
func (s *benchServer) each(ctx context.Context, count int, of func(i int) (path, body string)) error {
	const clients = 64
	working, ctx := errgroup.WithContext(ctx)
	for client := range clients {
		working.Go(func() error {
			connection, err := s.dial()
			if err != nil {
				return err
			}
			defer connection.conn.Close()
			for i := client; i < count && ctx.Err() == nil; i += clients {
				path, body := of(i)
				status, err := connection.do(http.MethodPost, path, path, body)
				for err == nil && status == http.StatusServiceUnavailable && ctx.Err() == nil {
					status, err = connection.do(http.MethodPost, path, path, body) // the server had no time, and clients repeat that
				}
				if err != nil {
					return err
				}
				if status != http.StatusCreated {
					return fmt.Errorf("%s was answered %d", path, status)
				}
			}
			return ctx.Err()
		})
	}
	return working.Wait()
}
