package process

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/projections"
)

// Hear keeps what a gateway sent, and does what follows from it. A message that comes again, early, late or while it is worked
// on by another process changes nothing that it must not: what it causes is merged by rank, by the same commands as what a
// gateway answers. With an error nothing may have become of it yet, and the gateway sends it again; so does a loop of ours.
func (d *Deadlines) Hear(ctx context.Context, ledger eventstore.Ledger, teller gateway.Teller, body []byte, now time.Time) error {
	n := teller.Read(body)
	id, first, err := d.accounts.Keep(ctx, ledger.ID, n, body, now)
	if err != nil {
		return err
	}
	return d.heed(ctx, ledger, n, id, first)
}

// heed does what follows from a message that is kept, by the id of the first one that says it.
func (d *Deadlines) heed(ctx context.Context, ledger eventstore.Ledger, n gateway.Notice, id, first string) error {
	known, err := d.accounts.ResultOf(ctx, ledger.ID, first)
	if err != nil {
		return err
	}
	if known == "" || known == accounts.Unmatched {
		if err := d.follow(ctx, ledger, first, n); err != nil {
			return err
		}
	}
	if id != first {
		return d.accounts.Resolve(ctx, ledger.ID, id, accounts.Duplicate, n.Payment)
	}
	return nil
}

// follow does what follows from a message, and from those of the same charge that had to wait for it.
func (d *Deadlines) follow(ctx context.Context, ledger eventstore.Ledger, id string, n gateway.Notice) error {
	result, err := d.resolve(ctx, ledger, id, n)
	if err != nil {
		return err
	}
	if result == accounts.Unmatched {
		// The charge may have become known after it was looked for, and before this was noted.
		_, err := d.resolve(ctx, ledger, id, n)
		return err
	}
	if n.Reference == "" {
		return nil
	}
	waiting, err := d.accounts.WaitingFor(ctx, ledger.ID, n.Gateway, n.Reference)
	if err != nil {
		return err
	}
	teller, ok := d.gateways[n.Gateway].(gateway.Teller)
	if !ok {
		return fmt.Errorf("the gateway %s told something, and tells nothing", n.Gateway)
	}
	for _, w := range waiting {
		if _, err := d.resolve(ctx, ledger, w.ID, teller.Read(w.Body)); err != nil {
			return err
		}
	}
	return nil
}

// resolve does what a message says, and notes what became of it.
func (d *Deadlines) resolve(ctx context.Context, ledger eventstore.Ledger, id string, n gateway.Notice) (accounts.Result, error) {
	result, err := d.apply(ctx, ledger, &n)
	if err != nil {
		return "", err
	}
	return result, d.accounts.Resolve(ctx, ledger.ID, id, result, n.Payment)
}

// consequence is one thing that may follow from a message: the command is nil where the message does not say it.
type consequence func(context.Context, *Deadlines, eventstore.Ledger, gateway.Notice) (*eventstore.Command, error)

// consequences follow from messages, in this order: that money was taken comes before what it makes possible.
var consequences = []consequence{chargeTold, linkPaid, methodGiven, methodGone, refundTold, sentBack, disputeTold}

// following makes a command that follows from a message.
func following[R any](n gateway.Notice, c command.Command[R]) *eventstore.Command {
	return new(made(n.Type, Caller{Actor: n.Gateway}, c))
}

// apply executes what follows from a message, and names its payment where it did not.
func (d *Deadlines) apply(ctx context.Context, ledger eventstore.Ledger, n *gateway.Notice) (accounts.Result, error) {
	if err := d.match(ctx, ledger, n); err != nil {
		return "", err
	}
	result := accounts.Ignored
	for _, of := range consequences {
		c, err := of(ctx, d, ledger, *n)
		var outcome eventstore.Outcome
		if err == nil && c != nil {
			outcome, err = d.store.Execute(ctx, ledger, *c)
		}
		if refused, ok := errors.AsType[*domain.Rejection](err); ok {
			if refused.Kind == domain.KindNotFound {
				return accounts.Unmatched, nil
			}
			d.log.Warn("a gateway told something that is refused", "ledger", ledger.Name, "gateway", n.Gateway, "id", n.ID, "code", refused.Code)
			continue
		}
		switch {
		case err != nil:
			return "", err
		case c == nil:
		case outcome.FirstPosition <= outcome.LastPosition:
			result = accounts.Applied
		case result == accounts.Ignored:
			result = accounts.Stale
		}
	}
	return result, nil
}

// match finds the payment of a message that names the charge alone.
func (d *Deadlines) match(ctx context.Context, ledger eventstore.Ledger, n *gateway.Notice) error {
	if n.Payment != "" || n.Reference == "" {
		return nil
	}
	tail, err := eventstore.Tail(ctx, d.pool, ledger.ID)
	if err != nil {
		return err
	}
	_, err = d.engine.Read(ctx, projections.Payments.Name, ledger.ID, tail, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		n.Payment, _, err = projections.FindCharge(ctx, tx, ledger.ID, n.Gateway, n.Reference)
		return err
	})
	return err
}

// unknownCharge refuses what is of a charge that is not known.
func unknownCharge() error { return domain.NotFound("payment_not_found", "there is no such payment") }

// chargeTold follows how a charge stands.
func chargeTold(ctx context.Context, d *Deadlines, ledger eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Charge == nil || n.Link != "" {
		return nil, nil
	}
	attempt, err := d.attemptTold(ctx, ledger, n)
	if err != nil {
		return nil, err
	}
	answer := *n.Charge
	answer.N, answer.Unasked = attempt.N, true
	if answer.NextAction != nil {
		answer.NextAction = &payment.NextAction{
			URL: answer.NextAction.URL, ExpiresAt: attempt.RequestedAt.Add(gateway.ActionTime),
		}
	}
	return following(n, command.AnswerPayment(n.Payment, answer)), nil
}

// refundTold follows how a refund of ours stands.
func refundTold(_ context.Context, _ *Deadlines, _ eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Refunded == nil {
		return nil, nil
	}
	return following(n, command.AnswerRefund(n.Refund, *n.Refunded)), nil
}

// linkPaid follows that a payment link was paid on a page of the gateway's.
func linkPaid(_ context.Context, _ *Deadlines, _ eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Link == "" || n.Paid == nil || n.Reference == "" {
		return nil, nil
	}
	return following(n, command.PayLinkAtGateway(n.Link, command.LinkPaid{Gateway: n.Gateway, Reference: n.Reference, Amount: *n.Paid})), nil
}

// methodGiven follows that a customer gave a payment method on a page of the gateway's, which tells what it is when it is asked.
func methodGiven(ctx context.Context, d *Deadlines, ledger eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Token == "" || n.Detached || n.Workspace == "" || n.Setup == "" && n.Link == "" {
		return nil, nil
	}
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	described, err := d.gateways[n.Gateway].Attach(calling, ledger, n.Workspace, n.Token)
	if err != nil {
		return nil, err
	}
	setup := n.Setup
	if setup == "" {
		setup = "link:" + n.Link
	}
	return following(n, command.AddSetupMethod(n.Workspace, setup, described, false)), nil
}

// methodGone follows that a payment method can't be used any more.
func methodGone(ctx context.Context, d *Deadlines, ledger eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if !n.Detached || n.Workspace == "" {
		return nil, nil
	}
	stream := paymentmethod.Stream(n.Workspace)
	known, err := observe(ctx, d.store, ledger, command.Command[paymentmethod.State]{
		Resource: stream, Reads: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (paymentmethod.State, error) {
			return eventstore.StateOf[paymentmethod.State](d, stream), nil
		},
	})
	if err != nil {
		return nil, err
	}
	for _, m := range known.Methods {
		if m.Gateway == n.Gateway && strings.HasSuffix(m.Token, "/"+n.Token) {
			return following(n, command.DetachPaymentMethod(n.Workspace, m.ID)), nil
		}
	}
	return nil, nil
}

// sentBack follows how much went back of a charge in all.
func sentBack(ctx context.Context, d *Deadlines, ledger eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Total == nil {
		return nil, nil
	}
	attempt, err := d.attemptTold(ctx, ledger, n)
	if err != nil {
		return nil, err
	}
	return following(n, command.RefundedElsewhere(n.Payment, command.Elsewhere{N: attempt.N, Total: n.Total})), nil
}

// disputeTold follows how a dispute stands.
func disputeTold(ctx context.Context, d *Deadlines, ledger eventstore.Ledger, n gateway.Notice) (*eventstore.Command, error) {
	if n.Dispute == nil {
		return nil, nil
	}
	attempt, err := d.attemptTold(ctx, ledger, n)
	if err != nil {
		return nil, err
	}
	return following(n, command.TellDispute(n.Payment, n.Dispute.Of(attempt.N))), nil
}

// attemptTold finds the attempt that a message is of. It refuses with payment_not_found.
func (d *Deadlines) attemptTold(ctx context.Context, ledger eventstore.Ledger, n gateway.Notice) (none payment.Attempt, err error) {
	if n.Payment == "" {
		return none, unknownCharge()
	}
	found, err := observe(ctx, d.store, ledger, command.LookAtPayment(n.Payment))
	if err != nil {
		return none, err
	}
	for _, a := range found.State.Attempts {
		if a.Gateway == n.Gateway && (a.N == n.Attempt || n.Attempt == 0 && a.Reference == n.Reference) {
			return a, nil
		}
	}
	return none, unknownCharge()
}
