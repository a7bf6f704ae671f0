package payments

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
	"github.com/tallystick/tallystick/projections"
)

// disputeBody is the body of POST /v1/sandbox/charges/{charge}/dispute.
type disputeBody struct {
	Reason *string `json:"reason,omitempty" maxLength:"100" default:"fraudulent"`
}

// closeBody is the body of POST /v1/sandbox/disputes/{dispute}/close.
type closeBody struct {
	Outcome payment.DisputeStatus `json:"outcome" example:"lost" doc:"won or lost."`
}

// refundBody is the body of POST /v1/sandbox/charges/{charge}/refund.
type refundBody struct {
	Amount view.MoneyBody `json:"amount"`
	Silent *bool          `json:"silent,omitempty" default:"false" doc:"Nobody is told: billing sync finds it."`
}

// removedView shows a payment method that the gateway has lost.
type removedView struct {
	ID      string `json:"id"`
	Removed bool   `json:"removed"`
}

// happening makes a command of what happens at the sandbox gateway by other hands: first it happens there, under the request's
// key, so that a repeat finds it; then the command records it as if it were told. A dry run does nothing there, and so records
// nothing.
func happening[R any](c *endpoint.Call, do func() (R, error), record func(R) (command.Command[struct{}], bool)) command.Command[R] {
	nothing := paymentmethod.Stream(c.Name("payment_method"))
	if err := checkSandbox(c); err != nil {
		return command.Refuse[R](nothing, err)
	}
	if c.DryRun() {
		return command.Command[R]{Resource: nothing, Reads: []domain.Stream{nothing}, Decide: func(*eventstore.Decision) (none R, err error) { return none, nil }}
	}
	happened, err := do()
	if err != nil {
		return command.Refuse[R](nothing, err)
	}
	told, some := record(happened)
	if !some {
		return command.Command[R]{Resource: nothing, Reads: []domain.Stream{nothing}, Decide: func(*eventstore.Decision) (R, error) { return happened, nil }}
	}
	return command.Command[R]{Resource: told.Resource, Reads: told.Reads, Writes: told.Writes, Decide: func(d *eventstore.Decision) (R, error) {
		_, err := told.Decide(d)
		return happened, err
	}}
}

// happenedDispute is a dispute with the invoice that the charge paid, which the ledger knows.
type happenedDispute struct {
	sandbox.Dispute
	invoice *string
}

func tellDispute(h happenedDispute) (command.Command[struct{}], bool) {
	told := command.TellDispute(h.Payment, h.Dispute.Dispute)
	decide := told.Decide
	told.Decide = func(d *eventstore.Decision) (struct{}, error) {
		none, err := decide(d)
		if err == nil {
			*h.invoice = eventstore.StateOf[payment.State](d, payment.Stream(h.Payment)).Invoice
		}
		return none, err
	}
	return told, true
}

func openDispute(other *sandbox.Gateway) func(*endpoint.Call, disputeBody) command.Command[happenedDispute] {
	return func(c *endpoint.Call, b disputeBody) command.Command[happenedDispute] {
		return happening(c, func() (happenedDispute, error) {
			opened, err := other.Dispute(c.Context(), c.Ledger, c.Name("charge"), domain.Or(b.Reason, ""), c.Key())
			return happenedDispute{opened, new(string)}, err
		}, tellDispute)
	}
}

func closeDispute(other *sandbox.Gateway) func(*endpoint.Call, closeBody) command.Command[happenedDispute] {
	return func(c *endpoint.Call, b closeBody) command.Command[happenedDispute] {
		return happening(c, func() (happenedDispute, error) {
			if b.Outcome != payment.DisputeWon && b.Outcome != payment.DisputeLost {
				return happenedDispute{}, domain.InvalidField("/outcome", "outcome_invalid", "outcome must be won or lost")
			}
			closed, err := other.CloseDispute(c.Context(), c.Ledger, c.Name("dispute"), b.Outcome)
			return happenedDispute{closed, new(string)}, err
		}, tellDispute)
	}
}

func refundElsewhere(other *sandbox.Gateway) func(*endpoint.Call, refundBody) command.Command[sandbox.Charge] {
	return func(c *endpoint.Call, b refundBody) command.Command[sandbox.Charge] {
		silent := domain.Or(b.Silent, false)
		return happening(c, func() (sandbox.Charge, error) {
			amount, err := b.Amount.Read("/amount")
			if err != nil {
				return sandbox.Charge{}, err
			}
			return other.RefundByHand(c.Context(), c.Ledger, c.Name("charge"), amount, silent, c.Key())
		}, func(made sandbox.Charge) (command.Command[struct{}], bool) {
			return command.RefundedElsewhere(made.Payment, command.Elsewhere{Reference: made.ID, Amount: made.Amount}), !silent
		})
	}
}

func loseMethod(other *sandbox.Gateway) func(*endpoint.Call) command.Command[string] {
	return func(c *endpoint.Call) command.Command[string] {
		id := c.Name("payment_method")
		return happening(c, func() (string, error) { return id, other.RemoveMethod(c.Context(), c.Ledger, id) },
			func(string) (none command.Command[struct{}], some bool) { return none, false })
	}
}

func viewHappenedDispute(d happenedDispute) disputeView {
	shown := viewDispute(projections.Dispute{Payment: d.Payment, Invoice: domain.Or(d.invoice, ""), Workspace: d.Workspace, State: payment.DisputeState{Disputed: payment.Disputed{
		ID: d.ID, Amount: d.Amount, Fee: d.Fee, Reason: d.Reason, EvidenceDueAt: d.EvidenceDueAt, OpenedAt: d.OpenedAt,
	}, Status: d.Status, ClosedAt: d.ClosedAt}})
	return shown
}

func viewRemoved(id string) removedView { return removedView{ID: id, Removed: true} }
