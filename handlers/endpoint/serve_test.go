package endpoint

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFault makes a route fail in both ways in which it can: neither shows anything, both are logged once.
func TestFault(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func(*Call) error{
		"a panic":  func(*Call) error { panic("the secret") },
		"an error": func(*Call) error { return errors.New("the secret") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var logged bytes.Buffer
			s := newServer(t, Options{Log: slog.New(slog.NewJSONHandler(&logged, nil))}, Route{Method: http.MethodGet, Path: "/faulty", handle: handle})
			a := get(s, "/faulty")
			if a.Code != 500 || strings.Contains(a.Body.String(), "secret") || !strings.Contains(a.Body.String(), `"code":"internal"`) {
				t.Errorf("%d %s", a.Code, a.Body)
			}
			id := a.Header().Get("X-Request-Id")
			if strings.Count(logged.String(), "the secret") < 1 || strings.Count(logged.String(), `"level":"ERROR"`) != 1 || !strings.Contains(logged.String(), id) {
				t.Errorf("logged %s", logged.String())
			}
		})
	}
}

func TestServerLimits(t *testing.T) {
	t.Parallel()
	s := HTTPServer("localhost:1", http.NotFoundHandler())
	got := []any{s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes}
	want := []any{5 * time.Second, 15 * time.Second, 30 * time.Second, 2 * time.Minute, 32 << 10}
	if !slices.Equal(got, want) {
		t.Errorf("limits: %v", got)
	}
}
