package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// restart measures from the command line to the first invoice in a ledger that has as many of them as events are projected
// elsewhere: at the first start, which has to read all their numbers, and at the next.
func (b Command) restart(ctx context.Context, dir string, report *table) error {
	if err := b.fillNumbers(ctx, dir); err != nil {
		return err
	}
	for n, what := range []string{"first start", "next start"} {
		begin := time.Now()
		server, err := bootServer(ctx, dir)
		if err != nil {
			return err
		}
		ready := time.Since(begin)
		if n == 0 {
			err = server.sellMonths(ctx)
		}
		if err == nil {
			begin = time.Now()
			err = server.bill(n)
		}
		took := time.Since(begin)
		if err == nil {
			err = awaitKept(ctx, dir)
		}
		server.stop()
		if err != nil {
			return err
		}
		report.figure(fmt.Sprintf("%s with %d invoices", what, b.Events), took.Round(time.Millisecond).String(),
			fmt.Sprintf("to the next invoice, behind %v to /readyz", ready.Round(time.Millisecond)))
	}
	return nil
}

// fillNumbers makes a data directory and numbers many invoices in its ledger.
func (b Command) fillNumbers(ctx context.Context, dir string) error {
	server, err := bootServer(ctx, dir)
	if err != nil {
		return err
	}
	server.stop()
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		return err
	}
	return withPostgres(ctx, dir, func(url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		ledgers, err := eventstore.Ledgers(ctx, conn)
		if err != nil {
			return err
		}
		return fillEmpty(ctx, conn, codec, ledgers[0], func(yield func(domain.Stream, domain.Event) bool) {
			for n := range b.Events {
				if !yield(numberEvent(n)) {
					return
				}
			}
		})
	})
}

// sellMonths makes a product that is paid by the month.
func (s *benchServer) sellMonths(ctx context.Context) error {
	product := `{"code":"pro","name":"Pro","tier":1}`
	if _, err := s.request(ctx, http.MethodPost, "/v1/products", "product", product, ""); err != nil {
		return err
	}
	price := `{"code":"month","currency":"USD","interval":"month","unit_amount":"12.00"}`
	_, err := s.request(ctx, http.MethodPost, "/v1/products/pro/prices", "price", price, "")
	return err
}

// bill makes a subscription, and with it an invoice. It repeats what the server had no time for, as clients do.
func (s *benchServer) bill(n int) error {
	connection, err := s.dial()
	if err != nil {
		return err
	}
	defer connection.conn.Close()
	for {
		status, err := connection.do(http.MethodPost, fmt.Sprintf("/v1/workspaces/b-%d/subscription", n), fmt.Sprintf("b-%d", n),
			`{"price":"month","seats":5,"collection":"send_invoice"}`)
		switch {
		case err != nil:
			return err
		case status == http.StatusCreated:
			return nil
		case status != http.StatusServiceUnavailable:
			return fmt.Errorf("a subscription was answered %d", status)
		}
	}
}

// awaitKept returns once the server has kept a snapshot.
func awaitKept(ctx context.Context, dir string) error {
	url, err := os.ReadFile(dir + "/database.url")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, strings.TrimSpace(string(url)))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for kept := false; !kept; {
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tallystick.snapshots)`).Scan(&kept); err != nil {
			return err
		}
	}
	return nil
}
