package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
)

var (
	events = flag.Int64("events", 100_000, "how many events are published to each broker")
	kills  = flag.Int("kills", 20, "how often the publisher is killed meanwhile")
)

// cluster is a broker that can be killed and started again, with what it had.
type cluster interface {
	start(t *testing.T)
	kill()
	arguments() []string
	// read gives the bodies of all that was published of a ledger, in the broker's order.
	read(t *testing.T, ledger string) [][]byte
	// held counts all that was published.
	held(t *testing.T) int64
}

// TestPublish publishes a log while the publisher is killed again and again, and the broker twice.
func TestPublish(t *testing.T) {
	t.Parallel()
	for name, made := range map[string]func(t *testing.T) cluster{"nats": newNATSCluster, "kafka": newKafkaCluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := made(t)
			c.start(t)
			l := newLog(t, "018f0000-0000-7000-8000-000000000001", *events)
			arguments := append([]string{"--url", l.URL, "--ledger", testKey}, c.arguments()...)
			for kill := range *kills {
				p := start(t, arguments...)
				eventually(t, "the publisher gets further", func() bool { return c.held(t) >= *events*int64(kill+1)/int64(*kills+2) })
				if kill%10 == 5 {
					c.kill()
					if rand.IntN(2) == 0 {
						p.kill()
					}
					c.start(t)
				}
				p.kill()
			}
			last := start(t, arguments...)
			eventually(t, "all is published", func() bool { return c.held(t) >= *events })
			last.kill()
			checkPublished(t, c.read(t, l.id), l.id, 1, *events, 1)
			again := start(t, arguments...)
			eventually(t, "the publisher asks what comes behind the end", func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return strings.Contains(l.asked[len(l.asked)-1], fmt.Sprintf("after=%d&", *events))
			})
			again.kill()
		})
	}
}

// checkPublished wants each event from first to last once after deduplication, in order.
func checkPublished(t *testing.T, bodies [][]byte, ledger string, first, last, step int64) {
	t.Helper()
	seen := map[string]bool{}
	want, repeats := first, 0
	for _, body := range bodies {
		position, err := positionOf(body)
		if err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("%s-%d", ledger, position)
		if !strings.Contains(string(body), `"id":"`+id+`"`) || strings.Contains(string(body), "Ada") {
			t.Fatalf("position %d: %s", position, body)
		}
		if seen[id] {
			repeats++
			continue
		}
		seen[id] = true
		if position != want {
			t.Fatalf("position %d comes where %d should", position, want)
		}
		want += step
	}
	if want <= last {
		t.Errorf("the events from %d to %d are missing", want, last)
	}
	t.Logf("%d events, %d repeats", len(bodies)-repeats, repeats)
}

// TestFrom begins in the middle, and goes on where the state directory knows more than the broker.
func TestFrom(t *testing.T) {
	t.Parallel()
	c := newNATSCluster(t)
	c.start(t)
	l, dir := newLog(t, "018f0000-0000-7000-8000-000000000002", 100), t.TempDir()
	arguments := append([]string{"--url", l.URL, "--ledger", testKey, "--state", dir}, c.arguments()...)
	p := start(t, append(arguments, "--from", "41", "--types", "invoice.*,payment.happened.v1")...)
	eventually(t, "the rest is published", func() bool { return c.held(t) == 30 })
	eventually(t, "the state is kept", func() bool {
		position, err := newState(dir, l.id).position()
		return err == nil && position == 100
	})
	p.kill()
	checkPublished(t, c.read(t, l.id), l.id, 41, 99, 2)
	if err := newState(dir, l.id).keepNow(90); err != nil {
		t.Fatal(err)
	}
	p = start(t, arguments...)
	eventually(t, "the publisher goes on", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(l.asked[len(l.asked)-1], "after=99&")
	})
	p.kill()
	start(t, append(arguments, "--again", "--from", "11")...)
	eventually(t, "the publisher begins again", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return strings.Contains(l.asked[len(l.asked)-1], "after=10&")
	})
}

// TestWrongUse names what is wrong.
func TestWrongUse(t *testing.T) {
	t.Parallel()
	l := newLog(t, "018f0000-0000-7000-8000-000000000003", 1)
	for name, one := range map[string]struct {
		arguments []string
		code      int
		says      string
	}{
		"no broker":      {[]string{"--ledger", testKey}, exitUsage, "--nats"},
		"two brokers":    {[]string{"--ledger", testKey, "--nats", "nats://x", "--kafka", "x:1"}, exitUsage, "--kafka"},
		"no ledger":      {[]string{"--nats", "nats://x"}, exitUsage, "--ledger"},
		"a wrong type":   {[]string{"--ledger", testKey, "--nats", "nats://x", "--types", "in*voice"}, exitUsage, "in*voice"},
		"a wrong place":  {[]string{"--ledger", testKey, "--nats", "nats://x", "--from", "0"}, exitUsage, "--from 0"},
		"a wrong server": {[]string{"--ledger", testKey, "--nats", "nats://x", "--url", "ftp://x"}, exitUsage, "ftp://x"},
		"a wrong key":    {[]string{"--ledger", "k", "--nats", "nats://x", "--url", l.URL}, exitFailed, "401 unauthorized"},
		"a ledger twice": {[]string{"--ledger", testKey, "--ledger", testKey, "--nats", "nats://x", "--url", l.URL}, exitFailed, "two keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errs strings.Builder
			if code := run(t.Context(), one.arguments, &out, &errs); code != one.code || !strings.Contains(errs.String(), one.says) {
				t.Errorf("code %d: %s", code, errs.String())
			}
		})
	}
	var out strings.Builder
	if code := run(t.Context(), []string{"--help"}, &out, &out); code != 0 || !strings.Contains(out.String(), "JetStream") {
		t.Errorf("help: %d %s", code, out.String())
	}
}

// TestMetrics looks at what an operator sees.
func TestMetrics(t *testing.T) {
	t.Parallel()
	c := newNATSCluster(t)
	c.start(t)
	l, address := newLog(t, "018f0000-0000-7000-8000-000000000004", 50), fmt.Sprint("127.0.0.1:", freePort(t))
	start(t, append([]string{"--url", l.URL, "--ledger", testKey, "--metrics-listen", address}, c.arguments()...)...)
	label := `{ledger="` + l.id + `"}`
	eventually(t, "the metrics show all", func() bool {
		body := get(t, "http://"+address+"/metrics")
		return strings.Contains(body, "tallystick_publish_position"+label+" 50") && strings.Contains(body, "tallystick_publish_lag_events"+label+" 0") &&
			strings.Contains(body, "tallystick_publish_events_total"+label+" 50")
	})
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var body strings.Builder
	if err := response.Write(&body); err != nil {
		return ""
	}
	return body.String()
}
