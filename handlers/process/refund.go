package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

// sendBackOrAsk asks the gateway that took a refund's money for what is due of it: to send it back, or how that went. The key is
// that of the attempt, so that nothing goes back twice, however often this is cut off.
func (d *Deadlines) sendBackOrAsk(ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, _ sender) (make command.Command[struct{}], err error) {
	id := due.Stream.Entity()
	found, err := observe(ctx, d.store, ledger, command.LookAtRefund(id))
	if err != nil {
		return make, err
	}
	s, attempt := found.State, found.State.Last()
	kind, at, ok := s.NextDeadline()
	if !ok || at.After(found.Now) || attempt.Status == refund.AttemptFailed {
		return command.TryRefundAgain(id), nil
	}
	taker, err := d.gateways.Find(ledger, s.Gateway)
	if err != nil {
		return make, fmt.Errorf("refund %s: %w", id, err)
	}
	asked, ok := taker.(gateway.Refunder)
	if !ok {
		return command.DeferRefund(id, refund.Defer{N: attempt.N, Code: codeNoRefunds}), nil
	}
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	r := gateway.Refund{
		Key: attempt.Key, Refund: id, Workspace: s.Workspace, Charge: s.Charge, Amount: s.Amount, Reason: s.Reason, Payment: *s.Payment,
	}
	var answer refund.Answer
	if kind == refund.DeadlineRefund {
		answer, err = asked.Refund(calling, ledger, r)
	} else {
		answer, err = asked.AskRefund(calling, ledger, r)
		answer.Asked = true
	}
	if err != nil && ctx.Err() != nil {
		return make, ctx.Err() // this process ends; whoever goes on asks with the same key
	}
	answer.N = attempt.N
	switch {
	case errors.Is(err, gateway.ErrUnreachable):
		return command.DeferRefund(id, refund.Defer{N: attempt.N, Code: codeUnreachable}), nil
	case errors.Is(err, gateway.ErrNeverArrived):
		answer.Status = refund.AttemptFailed
		answer.Failure = &refund.Failure{Code: codeNotReceived, Message: "the gateway never got the refund"}
	case err != nil:
		answer.Status = refund.AttemptUnknown
	}
	return command.AnswerRefund(id, answer), nil
}
