package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

// Codes of what the program itself says of attempts.
const (
	codeUnreachable = "gateway_unreachable"
	codeNotReceived = "not_received"
	codeNoRefunds   = "gateway_without_refunds"
	codeNotWanted   = "not_wanted"
)

// chargeOrAsk asks a payment's gateway for what is due of it: to charge, or how a charge went. The key is that of the attempt, so
// that nothing is charged twice, however often this is cut off.
func (d *Deadlines) chargeOrAsk(ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, from sender) (make command.Command[struct{}], err error) {
	id := due.Stream.Entity()
	found, err := observe(ctx, d.store, ledger, command.LookAtPayment(id))
	if err != nil {
		return make, err
	}
	kind, at, ok := found.State.NextDeadline()
	if kind == payment.DeadlineRetry {
		return command.RetryPayment(id), nil
	}
	attempt, _ := found.State.Due()
	if !ok || at.After(found.Now) {
		return command.DeferPayment(id, payment.Defer{N: found.State.Last().N}), nil // somebody was faster: nothing is to be done
	}
	if from.patient && attempt.Awaited && kind == payment.DeadlineCharge && attempt.Tries == 0 {
		return make, errAwaited
	}
	asked, err := d.gateways.Find(ledger, attempt.Gateway)
	if err != nil {
		return make, fmt.Errorf("payment %s: %w", id, err)
	}
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	var answer payment.Answer
	charge := gateway.Charge{
		Key: attempt.Key, Payment: id, Workspace: found.State.Workspace, Method: attempt.PaymentMethod, Token: attempt.Token, Amount: attempt.Amount,
		Attempt: attempt.N, Reference: attempt.Reference, RequestedAt: attempt.RequestedAt, Now: found.Now,
	}
	if kind == payment.DeadlineCharge && found.Wanted {
		answer, err = asked.Charge(calling, ledger, charge)
	} else {
		answer, err = asked.AskCharge(calling, ledger, charge)
		answer.Asked = true
	}
	return d.record(ctx, id, attempt, answer, err, from)
}

// record makes the command that records what a gateway said of a payment's attempt, or that it said nothing.
func (d *Deadlines) record(
	ctx context.Context, id string, attempt payment.Attempt, answer payment.Answer, err error, from sender,
) (make command.Command[struct{}], _ error) {
	if err != nil && ctx.Err() != nil {
		return make, ctx.Err() // this process ends; whoever goes on asks with the same key
	}
	answer.N = attempt.N
	switch {
	case errors.Is(err, gateway.ErrUnreachable):
		return command.DeferPayment(id, payment.Defer{N: attempt.N, Code: codeUnreachable}), nil
	case errors.Is(err, gateway.ErrNeverArrived):
		answer.Status = payment.StatusFailed
		answer.Failure = &payment.Failure{Code: codeNotReceived, Kind: payment.Soft, Message: "the gateway never got the charge"}
		if attempt.Status == payment.StatusPending {
			answer.Failure.Code, answer.Failure.Message = codeNotWanted, "nothing was to be paid any more, and the gateway was not asked"
		}
	case err != nil:
		answer.Status = payment.StatusUnknown
	}
	if from.stays != nil && from.stays() {
		return command.AnswerAwaited(id, answer), nil
	}
	return command.AnswerPayment(id, answer), nil
}

// observe gives the result of a command that writes nothing.
func observe[R any](ctx context.Context, store *eventstore.Store, ledger eventstore.Ledger, c command.Command[R]) (result R, err error) {
	return eventstore.Ask(ctx, store, ledger, c)
}
