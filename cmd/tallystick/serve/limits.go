package serve

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/limits"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// DefaultRateLimitAuth lets an address be refused so often in a minute.
const DefaultRateLimitAuth = 20

// RateLimits holds the settings of how often clients may ask.
type RateLimits struct {
	RateLimitKey       int `help:"Requests a second of an API key that has no rate of its own; 0 for no limit." env:"TALLYSTICK_RATE_LIMIT_KEY" default:"0" placeholder:"N"`
	RateLimitWorkspace int `help:"Requests a second to a workspace; 0 for no limit." env:"TALLYSTICK_RATE_LIMIT_WORKSPACE" default:"0" placeholder:"N"`
	RateLimitAuth      int `help:"Requests a minute from an address that are refused for their credential, until they are refused as too many (default ${rate_limit_auth}); 0 for no limit." env:"TALLYSTICK_RATE_LIMIT_AUTH" default:"${rate_limit_auth}" placeholder:"N"`
}

// Wrong lists the wrong settings.
func (r *RateLimits) Wrong() (wrong []error) {
	for _, given := range []struct {
		flag string
		rate int
	}{{"--rate-limit-key", r.RateLimitKey}, {"--rate-limit-workspace", r.RateLimitWorkspace}, {"--rate-limit-auth", r.RateLimitAuth}} {
		if given.rate < 0 {
			wrong = append(wrong, fmt.Errorf("%s %d is not 0 or more", given.flag, given.rate))
		}
	}
	return wrong
}

// limiter makes what bounds how often clients ask.
func (r *RateLimits) limiter(h *house.House, log *slog.Logger) (endpoint.Limiter, error) {
	return limits.New(h.Queries, log, time.Now, limits.Settings{Key: r.RateLimitKey, Workspace: r.RateLimitWorkspace, Failures: r.RateLimitAuth})
}
