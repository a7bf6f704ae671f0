package api

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/limits"
)

// TestRateLimits asks more often than it may. Shared buckets fill by the clock of the database, so a slow machine has to ask more
// often; the clock of the test stands still, so who was refused once stays refused.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	limiter, err := limits.New(b.pool(2), slog.New(slog.DiscardHandler), b.now, limits.Settings{Key: 100, Workspace: 1, Failures: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := b.client(b.start(endpoint.Options{Limiter: limiter}), endpoint.RoleAdmin)
	ask := func(more ...with) *answered {
		return c.post("/v1/workspaces/acme/seats/check", object{"invite": []any{}}, more...)
	}
	first := ask().is(http.StatusOK)
	if first.header.Get("RateLimit-Limit") != "1" || first.header.Get("RateLimit-Remaining") != "0" || first.header.Get("RateLimit-Reset") != "1" {
		t.Errorf("of the tightest bucket: %v", first.header)
	}
	untilRefused(t, func() *answered { return ask() })
	refused := ask().refused(http.StatusTooManyRequests, "rate_limited")
	if refused.header.Get("Retry-After") != "1" || refused.header.Get("RateLimit-Remaining") != "0" {
		t.Errorf("%v", refused.header)
	}
	t.Run("a replay counts, before the key is looked at", func(t *testing.T) {
		c.post("/v1/workspaces/acme/seats", aSeat, without("Idempotency-Key")).refused(http.StatusTooManyRequests, "rate_limited")
	})
	t.Run("another workspace", func(t *testing.T) {
		c.get("/v1/workspaces/zoo/current-plan").is(http.StatusOK)
	})
	t.Run("no limit", func(t *testing.T) {
		if open := c.get("/healthz").is(http.StatusOK); open.header.Get("RateLimit-Limit") != "" {
			t.Errorf("%v", open.header)
		}
	})
	t.Run("failed authentication", func(t *testing.T) {
		stranger := header("Authorization", "Bearer nobody")
		c.get("/v1/products", stranger).refused(http.StatusUnauthorized, "unauthenticated")
		untilRefused(t, func() *answered { return c.get("/v1/products", stranger) })
		limited := c.get("/v1/products", stranger).refused(http.StatusTooManyRequests, "authentication_limited")
		if limited.header.Get("Retry-After") != "1" {
			t.Errorf("%v", limited.header)
		}
		c.get("/v1/products").is(http.StatusOK)
	})
}

// untilRefused asks until it has been asked too often.
func untilRefused(t *testing.T, ask func() *answered) {
	t.Helper()
	testbed.Eventually(t, "it is refused", func() bool { return ask().status == http.StatusTooManyRequests })
}
