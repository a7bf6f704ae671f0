package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// followed is an answer that stays open.
type followed struct {
	t    *testing.T
	from *bufio.Reader
}

// follow opens the lines of events that come after a position.
func (c *client) follow(t *testing.T, query string) followed {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"/v1/events?follow=true"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/x-ndjson")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
	return followed{t, bufio.NewReader(response.Body)}
}

// next gives the position of the next event, 0 for an empty line.
func (f followed) next() int64 {
	f.t.Helper()
	line, err := f.from.ReadString('\n')
	if err != nil {
		f.t.Fatal(err)
	}
	if line == "\n" {
		return 0
	}
	var e struct {
		Position int64 `json:"position"`
	}
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		f.t.Fatalf("%v: %s", err, line)
	}
	return e.Position
}

func (f followed) shows(positions ...int64) {
	f.t.Helper()
	for _, want := range positions {
		if got := f.next(); got != want {
			f.t.Fatalf("position %d, want %d", got, want)
		}
	}
}

// ends tells how the answer ends: nil for the end of a whole one.
func (f followed) ends() error {
	f.t.Helper()
	for {
		line, err := f.from.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(line) != "" {
			f.t.Fatalf("more: %s", line)
		}
	}
}

// TestFollow reads what other processes append, as long as the credential and the server last.
func TestFollow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	served, other := b.start(endpoint.Options{}), b.start(endpoint.Options{})
	c := b.client(other, endpoint.RoleAdmin)
	reader := b.client(served, endpoint.RoleAuditor)
	fromStart, prices := reader.follow(t, ""), reader.follow(t, "&type=catalog.price_created.v1")
	c.openShop()
	n := int64(len(b.events()))
	for position := range n {
		fromStart.shows(position + 1)
	}
	first := prices.next()
	behind := reader.follow(t, fmt.Sprint("&after=", n))
	c.buy("acme", "pro-month", 2)
	bought := int64(len(b.events()))
	for position := n; position < bought; position++ {
		fromStart.shows(position + 1)
		behind.shows(position + 1)
	}
	if first == 0 {
		t.Error("the first price is an empty line")
	}
	b.advance(16 * time.Second)
	behind.shows(0)

	t.Run("a revoked key", func(t *testing.T) {
		revoked := b.client(served, endpoint.RoleAuditor)
		cut := revoked.follow(t, fmt.Sprint("&after=", bought))
		if err := b.operator().RevokeKey(t.Context(), strings.Split(revoked.token, "_")[2], b.now()); err != nil {
			t.Fatal(err)
		}
		b.advance(2 * time.Second)
		if err := cut.ends(); err == nil {
			t.Error("the answer ends like a whole one")
		}
	})
	t.Run("a server that stops", func(t *testing.T) {
		served.server.Stop()
		if err := behind.ends(); err != nil {
			t.Error(err)
		}
	})
}

func TestFollowIsRefused(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.get("/v1/events?follow=true").refused(400, "parameter_invalid")
	c.get("/v1/events?follow=true&limit=3", header("Accept", "application/x-ndjson")).refused(400, "parameter_invalid")
	c.get("/v1/events?follow=maybe", header("Accept", "application/x-ndjson")).refused(400, "parameter_invalid")
	c.get("/v1/events?follow=false&limit=3", header("Accept", "application/x-ndjson")).is(200)
}
