package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// joined boots a second server on the database of the first.
func joined(t *testing.T, first *server) *server {
	t.Helper()
	second := boot(t, dataDir(t), "--database-url", first.databaseURL())
	second.key = first.key
	return second
}

func TestTheLastSeatThroughTwoServers(t *testing.T) {
	t.Parallel()
	first := boot(t, usedDir(t))
	second := joined(t, first)
	first.must("POST", "/v1/products", "1", `{"code":"team","name":"Team","tier":1}`, 201)
	first.must("POST", "/v1/products/team/prices", "2", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.00"}`, 201)
	for _, seats := range []int{1, 3, 100} {
		t.Run(fmt.Sprint(seats), func(t *testing.T) {
			workspace := fmt.Sprintf("/v1/workspaces/w%d", seats)
			first.must("POST", workspace+"/subscription", fmt.Sprint("s", seats),
				fmt.Sprintf(`{"price":"month","seats":%d,"collection":"send_invoice"}`, seats), 201)
			var won, refused atomic.Int64
			var clients sync.WaitGroup
			for i := range 1_000 {
				clients.Go(func() {
					s := []*server{first, second}[i%2]
					got, err := s.request(t.Context(), "POST", workspace+"/seats", fmt.Sprintf("%d-%d", seats, i),
						fmt.Sprintf(`{"member":"m%d","role":"member"}`, i))
					switch {
					case err == nil && got.status == 201:
						won.Add(1)
					case err == nil && got.status == 409 && strings.Contains(got.body, `"no_seat_available"`):
						refused.Add(1)
					default:
						t.Errorf("%d %s, %v", got.status, got.body, err)
					}
				})
			}
			clients.Wait()
			if won.Load() != int64(seats) || refused.Load() != int64(1_000-seats) {
				t.Errorf("%d won, %d refused", won.Load(), refused.Load())
			}
		})
	}
}

// One server stops in the middle; the other goes on, and nothing that either acknowledged is lost.
func TestOneOfTwoServersStops(t *testing.T) {
	t.Parallel()
	first := boot(t, usedDir(t))
	second := joined(t, first)
	first.sellFreeSeats(1_000_000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJournal()
	var asked atomic.Int64
	wait := j.load(ctx, t, func() *server {
		if asked.Add(1)%2 == 0 {
			return first
		}
		return second
	})
	j.awaitAcks(t, 300)
	if code := second.stop(syscall.SIGTERM); code != exitDone {
		t.Errorf("exit %d:\n%s", code, second.output())
	}
	second.dir = first.dir
	j.awaitAcks(t, 300)
	cancel()
	wait()
	j.judge(t, first)
}
