package demo

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// listener is the seller's program that hears the server's webhooks. It is away once in a while.
type listener struct {
	id, address string // of the endpoint; "" where the server sends nothing to this machine
	server      *http.Server

	mu    sync.Mutex
	heard map[string]bool
}

// describes the endpoint.
const describes = "the seller's own program"

// awayEvery lets the listener refuse one delivery of so many, which is then sent twice.
const awayEvery = 40

// listen makes a webhook endpoint, if the server is on this machine and allows one here.
func (t *till) listen(ctx context.Context, server string) (*listener, error) {
	l := &listener{heard: map[string]bool{}}
	if at, err := url.Parse(server); err != nil || !isLoopback(at.Hostname()) {
		return l, err
	}
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return l, err
	}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: time.Minute}
	go l.server.Serve(here) //nolint:errcheck // it ends when it is closed
	l.address = "http://" + here.Addr().String() + "/news"
	made, err := t.CreateWebhookEndpoint(ctx, &client.CreateWebhookEndpointParams{},
		client.CreateWebhookEndpointBody{URL: l.address, Description: new(describes)})
	switch client.Code(err) {
	case "url_refused", "secret_key_missing":
		return l, nil
	}
	if err == nil {
		l.id = made.JSON.ID
	}
	return l, err
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ServeHTTP takes what is sent.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("Webhook-Id")
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.heard[id]
	l.heard[id] = true
	if len(l.heard)%awayEvery == 0 && !again {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// leave switches the endpoint off, since nobody listens any more; its deliveries can be looked at.
func (l *listener) leave(ctx context.Context, t *till) error {
	if l.id == "" {
		return nil
	}
	_, err := t.ChangeWebhookEndpoint(ctx, l.id, &client.ChangeWebhookEndpointParams{},
		client.ChangeWebhookEndpointBody{URL: l.address, Description: new(describes), Status: new(client.WebhookEndpointStatusDisabled)})
	return err
}

func (l *listener) close() {
	if l.server != nil {
		_ = l.server.Close() // nothing comes any more
	}
}
