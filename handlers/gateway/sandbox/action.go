package sandbox

import (
	"context"
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// failure tells why the charge failed. Of one that the customer had to confirm, only its time tells.
func (c charge) failure() payment.Failure {
	switch {
	case !behaviours[c.Part].acts:
		return behaviours[c.Part].failure
	case c.FailsAt.Before(c.FirstAt.Add(gateway.ActionTime)):
		return payment.Failure{Code: "action_denied", Kind: payment.Soft, Message: "the customer did not confirm the charge"}
	}
	return payment.Failure{Code: "action_expired", Kind: payment.Soft, Message: "the customer did not confirm the charge in time"}
}

// LeadTo names the pages on which customers confirm a charge.
func (g *Gateway) LeadTo(page gateway.ActionPage) { g.page = page }

// Act lets the customer approve or deny a charge that waits for it, once: later answers change nothing. The result is the charge as it
// stands then. It refuses with charge_not_found.
func (g *Gateway) Act(ctx context.Context, ledger eventstore.Ledger, key string, approve bool) (none payment.Answer, err error) {
	settings, err := g.Settings(ctx, ledger.ID)
	if err != nil {
		return none, err
	}
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return none, err
	}
	if _, err := g.pool.Exec(ctx, `
		UPDATE tallystick.sandbox_charges
		SET succeeds_at = CASE WHEN $4 THEN $3::timestamptz END,
		    fails_at    = CASE WHEN $4 THEN fails_at ELSE $3 END,
		    settles_at  = $5
		WHERE ledger_id = $1 AND key = $2 AND part = 'requires_action' AND succeeds_at IS NULL AND fails_at > $3`,
		[16]byte(ledger.ID), key, now, approve, settings.settled(now)); err != nil {
		return none, fmt.Errorf("answer for the customer of a charge: %w", err)
	}
	found, ok, err := look(ctx, g.pool, ledger.ID, key)
	if err != nil {
		return none, err
	}
	if !ok {
		return none, domain.NotFound("charge_not_found", "the sandbox gateway has no such charge")
	}
	return g.tell(ctx, ledger, found, now)
}
