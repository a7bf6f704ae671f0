package endpoint

import (
	"context"
	"net/http"
	"strconv"

	"github.com/tallystick/tallystick/domain"
)

// Limiter bounds how often clients ask.
type Limiter interface {
	// Admit takes a request to a workspace, "" for none.
	Admit(ctx context.Context, p Principal, workspace string) Standing
	// AdmitFailure reports whether an address may have one more request refused for its credential.
	AdmitFailure(ctx context.Context, address string) bool
}

// Standing tells where the tightest limit of a request stands. The zero value is no limit.
type Standing struct {
	Limit     int // requests in a second
	Remaining int
	Refused   bool
}

// limitRate refuses with rate_limited. What it does not refuse has been counted, whatever becomes of it.
func (c *Call) limitRate() error {
	limiter := c.server.limiter
	if limiter == nil {
		return nil
	}
	workspace := c.http.Param("workspace")
	if !domain.ValidName(workspace) {
		workspace = ""
	}
	standing := limiter.Admit(c.ctx, c.Principal, workspace)
	if standing.Limit == 0 {
		return nil
	}
	header, reset := c.http.Response().Header(), 1
	if standing.Remaining >= standing.Limit {
		reset = 0
	}
	header.Set("RateLimit-Limit", strconv.Itoa(standing.Limit))
	header.Set("RateLimit-Remaining", strconv.Itoa(standing.Remaining))
	header.Set("RateLimit-Reset", strconv.Itoa(reset))
	if standing.Refused {
		return newProblem(http.StatusTooManyRequests, CodeRateLimited, "more than "+strconv.Itoa(standing.Limit)+" requests a second; nothing was done").again()
	}
	return nil
}

// limitFailures refuses a request for its credential, and with authentication_limited where too many from its address were refused.
func (c *Call) limitFailures(err error) error {
	limiter := c.server.limiter
	if p := ProblemOf(err); limiter == nil || p.Status != http.StatusUnauthorized || limiter.AdmitFailure(c.ctx, c.http.RealIP()) {
		return err
	}
	limited := newProblem(http.StatusTooManyRequests, CodeAuthenticationLimited, "too many requests of this address had no valid key; those that have one go on").again()
	limited.denial = ProblemOf(err).denial
	return limited
}
