package process

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

var deliverFor = flag.Duration("deliver-for", 0, "how long ten webhook endpoints are sent 1 000 deliveries a second, to tell how late they come")

// TestDeliveriesComeSoon measures the time from an append to the receiver, for ten endpoints that hear 100 events a second each.
func TestDeliveriesComeSoon(t *testing.T) {
	if *deliverFor == 0 {
		t.Skip("a measurement: go test ./handlers/process -run TestDeliveriesComeSoon -deliver-for 10s")
	}
	b := setup(t)
	p, _ := b.delivering(pgtest.Patience)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	var mu sync.Mutex
	appended, late := map[string]time.Time{}, []time.Duration{}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, rest, _ := strings.Cut(string(body), `"workspace":"`)
		workspace, _, _ := strings.Cut(rest, `"`)
		mu.Lock()
		defer mu.Unlock()
		late = append(late, time.Since(appended[workspace]))
	}))
	defer receiver.Close()
	for i := range 10 {
		p.listen(ledger, fmt.Sprintf("%s/%d", receiver.URL, i))
	}
	begun, n := time.Now(), 0
	var appending sync.WaitGroup
	for tick := time.Tick(10 * time.Millisecond); time.Since(begun) < *deliverFor; <-tick {
		workspace := fmt.Sprint("w", n)
		n++
		mu.Lock()
		appended[workspace] = time.Now()
		mu.Unlock()
		appending.Go(func() { p.happen(ledger, workspace) })
	}
	appending.Wait()
	b.must(p.Settle(b.ctx, ledger))
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(late)
	t.Logf("%d deliveries of %d events in %v: half within %v, 99 %% within %v, all within %v", len(late), n, time.Since(begun),
		late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
	if len(late) != 10*n {
		t.Errorf("%d deliveries of %d events to ten endpoints", len(late), n)
	}
}
