package process

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// comparing holds what the comparison with one gateway has found so far.
type comparing struct {
	ledger  eventstore.Ledger
	ours    books
	gateway string
	seen    map[attemptName]bool // attempts that the gateway lists
	checked int
	found   []Difference
}

func (c *comparing) differs(d Difference) {
	d.ID = differenceID(c.ledger.ID, d)
	c.found = append(c.found, d)
}

// charge compares a charge with the attempt that asked for it, and what became of both. An attempt that was begun and not
// answered is just being asked for.
func (c *comparing) charge(k gateway.KnownCharge) {
	c.checked += 1 + len(k.Refunds) + len(k.Disputes)
	name, attempt, ok := c.ours.find(c.gateway, k)
	if !ok {
		c.unknown(k)
		return
	}
	c.seen[name] = true
	d := Difference{Workspace: k.Workspace, Object: name.payment}
	switch {
	case attempt.Status == payment.StatusPending:
		return
	case !attempt.Amount.Equal(k.Amount):
		d.Kind, d.Ours, d.Theirs = AmountDiffers, attempt.Amount.String(), k.Amount.String()
		c.differs(d)
	default:
		c.status(d, attempt, k)
	}
	c.refunds(name, attempt, k)
	c.disputes(name, k)
}

// unknown reports a charge that nobody here asked for, if it took money or may. A link's is paid on a page of the gateway's.
func (c *comparing) unknown(k gateway.KnownCharge) {
	d := Difference{Kind: ChargeUnknown, Workspace: k.Workspace, Object: k.Answer.Reference, Theirs: string(k.Answer.Status)}
	switch k.Answer.Status {
	case payment.StatusSucceeded:
		if k.Link != "" {
			paid := command.LinkPaid{Gateway: c.gateway, Reference: k.Answer.Reference, Amount: k.Amount, Fee: k.Answer.Fee}
			d.Repair, d.repair = RecordLinkPaid, command.Quietly(command.PayLinkAtGateway(k.Link, paid))
		}
	case payment.StatusProcessing:
	default:
		return
	}
	c.differs(d)
}

// status compares how an attempt stands with how its charge does.
func (c *comparing) status(d Difference, attempt payment.Attempt, k gateway.KnownCharge) {
	d.Kind, d.Ours, d.Theirs = PaymentStatus, string(attempt.Status), string(k.Answer.Status)
	switch {
	case attempt.Reversal != nil:
		return
	case attempt.Status.Below(k.Answer.Status):
		answer := k.Answer
		answer.N = attempt.N
		if answer.NextAction != nil {
			answer.NextAction = &payment.NextAction{URL: answer.NextAction.URL, ExpiresAt: attempt.RequestedAt.Add(gateway.ActionTime)}
		}
		d.Repair, d.Passing, d.repair = AnswerPayment, attempt.NextAt != nil, command.AnswerPayment(d.Object, answer)
	case k.Gone != nil && attempt.Status == payment.StatusSucceeded:
		gone := *k.Gone
		gone.N = attempt.N
		d.Theirs, d.Repair, d.repair = string(payment.StatusReversed), ReversePayment, command.ReversePayment(d.Object, gone)
	case attempt.Status.Open() || attempt.Status == k.Answer.Status:
		return
	}
	c.differs(d)
}

// refunds compares the refunds of a charge. One that nobody here asked for is known by its reference, or is one of those whose sum
// was told before.
func (c *comparing) refunds(name attemptName, attempt payment.Attempt, k gateway.KnownCharge) {
	none := money.Zero(k.Amount.Currency())
	ours, known := map[string]refund.State{}, none
	references := map[string]bool{}
	for _, r := range c.ours.refunds[chargeName{c.gateway, k.Answer.Reference}] {
		ours[r.ID] = r
		if r.Status != refund.StatusFailed {
			known = known.Plus(r.Amount)
		}
		references[r.Reference] = true
		for _, a := range r.Attempts {
			references[a.Reference] = true
		}
	}
	told := none // in sums, without saying by which refunds
	listed := map[string]bool{}
	for _, r := range k.Refunds {
		listed[r.Refund], listed[r.Answer.Reference] = true, true
	}
	for id, r := range ours {
		if last := r.Last(); r.Status == refund.StatusSucceeded && !r.ByHand && !listed[id] && !listed[last.Reference] {
			told = told.Plus(r.Amount)
		}
	}
	for _, r := range k.Refunds {
		d := Difference{Workspace: k.Workspace, Object: r.Refund}
		if asked, ok := ours[r.Refund]; ok {
			c.refund(d, asked, r)
			continue
		}
		if r.Answer.Status != refund.AttemptSucceeded || references[r.Answer.Reference] || attempt.Reversal != nil {
			continue
		}
		if told.Minus(r.Amount).Sign() >= 0 {
			told = told.Minus(r.Amount)
			continue
		}
		d.Kind, d.Object, d.Theirs, d.Repair = RefundUnknown, r.Answer.Reference, r.Amount.String(), RecordRefund
		elsewhere := command.Elsewhere{N: name.n, Reference: r.Answer.Reference, Amount: r.Amount, Known: &known}
		d.repair = command.RefundedElsewhere(name.payment, elsewhere)
		c.differs(d)
	}
}

// refund compares how a refund of ours stands. What went back by hand is not looked at.
func (c *comparing) refund(d Difference, ours refund.State, k gateway.KnownRefund) {
	if k.Answer.N < 1 || k.Answer.N > len(ours.Attempts) {
		return
	}
	attempt := ours.Attempts[k.Answer.N-1]
	d.Kind, d.Ours, d.Theirs = RefundStatus, string(attempt.Status), string(k.Answer.Status)
	switch {
	case attempt.Status == refund.AttemptPending:
		return
	case !ours.Amount.Equal(k.Amount):
		d.Kind, d.Ours, d.Theirs = AmountDiffers, ours.Amount.String(), k.Amount.String()
	case attempt.Status.Below(k.Answer.Status):
		d.Repair, d.Passing, d.repair = AnswerRefund, attempt.NextAt != nil, command.AnswerRefund(ours.ID, k.Answer)
	case attempt.Status.Open() || attempt.Status == k.Answer.Status || ours.ByHand:
		return
	}
	c.differs(d)
}

// disputes compares the disputes of a charge.
func (c *comparing) disputes(name attemptName, k gateway.KnownCharge) {
	for _, theirs := range k.Disputes {
		theirs.N = name.n
		ours, _ := c.ours.payments[name.payment].FindDispute(theirs.ID)
		d := Difference{Kind: DisputeUnknown, Workspace: k.Workspace, Object: theirs.ID, Ours: string(ours.Status), Theirs: string(theirs.Status)}
		switch {
		case ours.Status == theirs.Status || ours.ClosedAt != nil && theirs.Status == payment.DisputeOpen:
			continue
		case ours.ClosedAt == nil:
			d.Repair, d.repair = RecordDispute, command.TellDispute(name.payment, theirs)
		}
		c.differs(d)
	}
}

// missing asks for the charges that took money as the ledger has it, and that the gateway does not list.
func (d *Deadlines) missing(ctx context.Context, c *comparing) error {
	for id, p := range c.ours.payments {
		for _, a := range p.Attempts {
			if a.Gateway != c.gateway || a.Status != payment.StatusSucceeded || c.seen[attemptName{id, a.N}] {
				continue
			}
			c.checked++
			asked := gateway.Charge{
				Key: a.Key, Payment: id, Workspace: p.Workspace, Method: a.PaymentMethod, Token: a.Token, Amount: a.Amount, Attempt: a.N,
				RequestedAt: a.RequestedAt, Now: a.RequestedAt,
			}
			if a.Link != "" {
				asked.Reference = a.Reference // it was paid on a page of the gateway's, by a method that nobody here knows
			}
			if err := d.missed(ctx, c, asked); err != nil {
				return err
			}
		}
	}
	return nil
}

// missed reports a charge that its gateway never got. What it does not tell stays as a person found it.
func (d *Deadlines) missed(ctx context.Context, c *comparing, asked gateway.Charge) error {
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	_, err := d.gateways[c.gateway].AskCharge(calling, c.ledger, asked)
	switch {
	case errors.Is(err, gateway.ErrNeverArrived):
		c.differs(Difference{Kind: PaymentStatus, Workspace: asked.Workspace, Object: asked.Payment, Ours: string(payment.StatusSucceeded)})
	case errors.Is(err, gateway.ErrUnreachable) || ctx.Err() != nil:
		return err
	}
	return nil
}

// methodsAtOnce bounds how many payment methods are asked for at once.
const methodsAtOnce = 8

// methods asks for each of the ledger's payment methods.
func (d *Deadlines) methods(ctx context.Context, c *comparing) error {
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(methodsAtOnce)
	var mu sync.Mutex
	for _, of := range c.ours.methods {
		for _, m := range of.State.Methods {
			if m.Gateway == c.gateway {
				c.checked++
				asking.Go(func() error {
					has, err := d.hasMethod(ctx, c, m)
					if err != nil || has {
						return err
					}
					mu.Lock()
					defer mu.Unlock()
					c.differs(Difference{
						Kind: MethodGone, Workspace: of.Workspace, Object: m.ID, Ours: "attached", Repair: DetachMethod,
						repair: command.Quietly(command.DetachPaymentMethod(of.Workspace, m.ID)),
					})
					return nil
				})
			}
		}
	}
	return asking.Wait()
}

func (d *Deadlines) hasMethod(ctx context.Context, c *comparing, m paymentmethod.Method) (bool, error) {
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	return d.gateways[c.gateway].(gateway.Books).HasMethod(calling, c.ledger, m)
}
