package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Codes of why a refund fails, with what they say.
const (
	declineFailed   = "refund_failed"
	declineExceeds  = "refund_exceeds_charge"
	declineUnknown  = "charge_unknown"
	declineReturned = "charge_returned"
	declineDisputed = "charge_disputed"
)

var declines = map[string]string{
	declineFailed:   "the bank did not take the money back",
	declineExceeds:  "less of the charge is left",
	declineUnknown:  "the gateway took no money by this charge",
	declineReturned: "the bank has the money back",
	declineDisputed: "the customer disputes the charge",
}

// Refund sends money back, once for each key.
func (g *Gateway) Refund(ctx context.Context, ledger eventstore.Ledger, r gateway.Refund) (none refund.Answer, err error) {
	settings, err := g.reach(ctx, ledger)
	if err != nil {
		return none, err
	}
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return none, fmt.Errorf("%w: %w", gateway.ErrUnreachable, err)
	}
	var made charge
	if err := pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		made, err = sendBack(ctx, tx, ledger.ID, r, now)
		return err
	}); err != nil {
		return none, err
	}
	if err := g.wait(ctx, time.Duration(settings.LatencyMS)*time.Millisecond); err != nil {
		return none, err
	}
	if behaviours[made.Part].refunds == unanswered {
		return none, errSilent
	}
	return made.refundAnswer(), nil
}

// AskRefund tells how a refund went.
func (g *Gateway) AskRefund(ctx context.Context, ledger eventstore.Ledger, r gateway.Refund) (none refund.Answer, err error) {
	settings, err := g.reach(ctx, ledger)
	if err != nil {
		return none, err
	}
	found, ok, err := look(ctx, g.pool, ledger.ID, r.Key)
	if err != nil {
		return none, err
	}
	if err := g.wait(ctx, time.Duration(settings.LatencyMS)*time.Millisecond); err != nil {
		return none, err
	}
	if !ok {
		return none, gateway.ErrNeverArrived
	}
	return found.refundAnswer(), nil
}

// refundAnswer tells how a refund went.
func (c charge) refundAnswer() refund.Answer {
	if c.Decline != nil {
		return refund.Answer{Status: refund.AttemptFailed, Reference: c.ID, Failure: &refund.Failure{Code: *c.Decline, Message: declines[*c.Decline]}}
	}
	return refund.Answer{Status: refund.AttemptSucceeded, Reference: c.ID}
}

// sendBack finds the refund of a key, or makes it. Refunds of one charge take turns, so that no more goes back than was taken.
func sendBack(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, r gateway.Refund, now time.Time) (charge, error) {
	of, taken, err := lockCharge(ctx, tx, ledger, r.Charge)
	if err != nil {
		return of, err
	}
	if known, ok, err := repeat(ctx, tx, ledger, r.Key, now); err != nil || ok {
		return known, err
	}
	made := newRefund(of, r, now)
	if made.Decline, err = declined(ctx, tx, ledger, of, taken, r.Amount, now); err != nil {
		return made, err
	}
	if made.Decline == nil {
		made.SucceedsAt = &now
	} else {
		made.FailsAt = &now
	}
	return made, made.save(ctx, tx, ledger)
}

// declined tells why nothing of a charge goes back; nil where it does.
func declined(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, of charge, taken bool, amount money.Amount, now time.Time) (*string, error) {
	switch {
	case !taken || of.outcome(now) != OutcomeSucceeded:
		return new(declineUnknown), nil
	case behaviours[of.Part].refunds == notSentBack:
		return new(declineFailed), nil
	case of.returned(now):
		return new(declineReturned), nil
	}
	if _, status, err := disputeOf(ctx, tx, ledger, of.ID, now); err != nil || status == payment.DisputeOpen || status == payment.DisputeLost {
		return new(declineDisputed), err
	}
	left, err := leftOf(ctx, tx, ledger, of)
	if err != nil || amount.Minus(left).Sign() > 0 {
		return new(declineExceeds), err
	}
	return nil, nil
}

func newRefund(of charge, r gateway.Refund, now time.Time) charge {
	return charge{
		ID: "re_" + uuid.Must(uuid.NewV7()).String(), Kind: KindRefund, Key: r.Key, Payment: r.Payment, Refund: &r.Refund, Refunds: &r.Charge,
		Workspace: r.Workspace, Token: of.Token, Part: of.Part, Amount: r.Amount, Fee: money.Zero(r.Amount.Currency()), SettlesAt: now, Requests: 1,
		FirstAt: now, LastAt: now,
	}
}

// lockCharge finds a charge, and keeps others from refunding it meanwhile.
func lockCharge(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, id string) (charge, bool, error) {
	rows, err := tx.Query(ctx, `
		SELECT `+chargeColumns+`
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND charge_id = $2 AND kind = 'charge'
		FOR UPDATE`, [16]byte(ledger), id)
	return one(rows, err, "lock a charge of the sandbox gateway")
}

// leftOf computes what of a charge has not gone back.
func leftOf(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, of charge) (left money.Amount, err error) {
	var gone string
	if err := db.QueryRow(ctx, `
		SELECT coalesce(sum(amount), 0)::text
		FROM tallystick.sandbox_charges
		WHERE ledger_id = $1 AND refunds = $2 AND decline IS NULL`, [16]byte(ledger), of.ID).Scan(&gone); err != nil {
		return left, fmt.Errorf("add the refunds of a charge up: %w", err)
	}
	sent, err := money.ParseStored(of.Amount.Currency(), gone)
	return of.Amount.Minus(sent), err
}
