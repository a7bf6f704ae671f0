package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	heavySenders = 4
	heavyMembers = 10_000
)

// beside measures the seat commands of one light client: alone, and beside four others that send the heaviest requests there
// are, lists of ten thousand seats, as dry runs and in earnest.
func (b Command) beside(ctx context.Context, dir string, report *table) error {
	server, err := bootServer(ctx, dir)
	if err != nil {
		return err
	}
	defer server.stop()
	if err := server.sellSeats(ctx, 1_000_000); err != nil {
		return err
	}
	for _, heavy := range []struct{ what, query string }{{"dry runs", "?dry_run=true"}, {"lists", ""}} {
		alone, err := server.load(ctx, 1, b.For, seatRequest)
		if err != nil {
			return err
		}
		light, lists, err := server.loadBeside(ctx, heavy.query, 2*b.For)
		if err != nil {
			return err
		}
		report.figure(fmt.Sprintf("a light command beside %d senders of %s of %d seats", heavySenders, heavy.what, heavyMembers),
			fmt.Sprintf("p50 %v, p99 %v", light.quantile(0.5), light.quantile(0.99)),
			fmt.Sprintf("alone p50 %v, p99 %v; one of the %s takes %v", alone.quantile(0.5), alone.quantile(0.99), heavy.what, lists.quantile(0.5)))
	}
	return nil
}

// loadBeside loads a server with a light client while others send lists of seats.
func (s *benchServer) loadBeside(ctx context.Context, query string, d time.Duration) (light, lists *load, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lists = &load{}
	failed := make([]error, heavySenders)
	var sending sync.WaitGroup
	for sender := range heavySenders {
		sending.Go(func() {
			if failed[sender] = s.sendLists(ctx, sender, query, lists); failed[sender] != nil {
				stop()
			}
		})
	}
	light, err = s.load(ctx, 1, d, seatRequest)
	stop()
	sending.Wait()
	return light, lists, errors.Join(append(failed, err)...)
}

// sendLists replaces the seats of a workspace again and again until ctx ends, each time all of them.
func (s *benchServer) sendLists(ctx context.Context, sender int, query string, took *load) error {
	connection, err := s.dial()
	if err != nil {
		return err
	}
	defer connection.conn.Close()
	bodies := []string{seatList("a"), seatList("b")}
	run := time.Now().UnixNano()
	for n := 0; ctx.Err() == nil; n++ {
		begin := time.Now()
		status, err := connection.do(http.MethodPut, fmt.Sprintf("/v1/workspaces/heavy-%d/seats%s", sender, query),
			fmt.Sprintf("heavy-%d-%d-%d", run, sender, n), bodies[n%2])
		if err != nil {
			return err
		}
		if status != http.StatusOK {
			return fmt.Errorf("a list of seats was answered %d", status)
		}
		took.add(time.Since(begin))
	}
	return nil
}

func seatList(prefix string) string {
	members := make([]string, heavyMembers)
	for i := range members {
		members[i] = fmt.Sprintf(`{"member":"%s-%d","role":"member"}`, prefix, i)
	}
	return `{"members":[` + strings.Join(members, ",") + `]}`
}
