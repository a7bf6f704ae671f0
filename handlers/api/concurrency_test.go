package api

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// quick is do for a thousand callers: an answer is held against the document only when no other of its status was.
func (c *client) quick(method, path string, body any, more ...with) (*answered, error) {
	alone := client{t: c.t, base: c.base, token: c.token, seen: &c.statuses}
	return alone.try(method, path, body, more...)
}

// tally counts answers by their status and code.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (n *tally) add(a *answered) {
	what := fmt.Sprint(a.status)
	if a.status >= 400 {
		what += " " + a.text("code")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = map[string]int{}
	}
	n.counts[what]++
}

func (n *tally) is(t *testing.T, want map[string]int) {
	t.Helper()
	if fmt.Sprint(n.counts) != fmt.Sprint(want) {
		t.Errorf("answers: %v, want %v", n.counts, want)
	}
}

// TestTheLastSeats has a thousand callers, at two processes, ask at once for what is left of a pool.
func TestTheLastSeats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin), b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)}
	clients[0].openShop()
	for _, round := range []struct{ seats, processes int }{{1, 1}, {3, 1}, {100, 1}, {1, 2}, {100, 2}} {
		t.Run(fmt.Sprintf("%d seats, %d processes", round.seats, round.processes), func(t *testing.T) {
			workspace := fmt.Sprintf("w%d-%d", round.seats, round.processes)
			clients[0].buy(workspace, "pro-month", round.seats)
			var answers tally
			var callers sync.WaitGroup
			for i := range 1_000 {
				callers.Go(func() {
					a, err := clients[i%round.processes].quick(http.MethodPost, "/v1/workspaces/"+workspace+"/seats",
						object{"member": fmt.Sprint("m", i), "role": "member"})
					if err != nil {
						t.Error(err)
						return
					}
					answers.add(a)
				})
			}
			callers.Wait()
			answers.is(t, map[string]int{"201": round.seats, "409 no_seat_available": 1_000 - round.seats})
		})
	}
}

// TestManyCreates has a hundred callers buy for one workspace at once.
func TestManyCreates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin), b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)}
	clients[0].openShop()
	var answers tally
	var callers sync.WaitGroup
	for i := range 100 {
		callers.Go(func() {
			a, err := clients[i%2].quick(http.MethodPost, "/v1/workspaces/acme/subscription", aBuy)
			if err != nil {
				t.Error(err)
				return
			}
			answers.add(a)
		})
	}
	callers.Wait()
	answers.is(t, map[string]int{"201": 1, "409 subscription_exists": 99})
}

// TestSeatsComeAndGo lets seats be taken and given back by many at once: use never exceeds what was bought, and at the end
// the read model says what the answers said.
func TestSeatsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleClient), b.client(b.start(endpoint.Options{}), endpoint.RoleClient)}
	b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin).openShop()
	const seats = 5
	clients[0].buy("acme", "pro-month", seats)
	var taken atomic.Int64
	var callers sync.WaitGroup
	for caller := range 40 {
		callers.Go(func() {
			c, path := clients[caller%2], "/v1/workspaces/acme/seats"
			for round := range 10 {
				member := fmt.Sprintf("m%d-%d", caller, round)
				a, err := c.quick(http.MethodPost, path, object{"member": member, "role": "member"})
				if err != nil || a.status != 201 {
					if err != nil || a.status != 409 {
						t.Errorf("%v %v", a, err)
					}
					continue
				}
				taken.Add(1)
				if caller%4 == 0 && round == 9 {
					continue
				}
				if a, err = c.quick(http.MethodDelete, path+"/"+member, nil); err != nil || a.status != 200 {
					t.Errorf("%v %v", a, err)
					continue
				}
				taken.Add(-1)
			}
		})
	}
	callers.Wait()
	position := header("Min-Position", fmt.Sprint(len(b.events())))
	clients[1].get("/v1/workspaces/acme/seats", position).is(200).says(object{"allocated": int(taken.Load()), "over_limit": 0})
	use := 0
	for _, e := range b.events() {
		switch e.Type {
		case "seating.allocated.v1":
			use++
		case "seating.released.v1":
			use--
		}
		if use > seats {
			t.Fatalf("%d seats are in use at position %d", use, e.Position)
		}
	}
}
