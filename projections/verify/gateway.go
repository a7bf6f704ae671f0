package verify

import (
	"context"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

// Charge tells what a gateway knows of a charge. Its answer's N is the payment's attempt.
type Charge struct {
	Payment  string // empty where no payment asked for it
	Amount   money.Amount
	Answer   payment.Answer
	Gone     *payment.Reverse // where a bank took back what the charge took
	Refunds  []ChargeRefund
	Disputes []payment.Dispute
}

// ChargeRefund tells what a gateway knows of a refund of a charge. Refund is empty where nobody asked for it.
type ChargeRefund struct {
	Refund string
	Amount money.Amount
	Answer refund.Answer
}

// cashOfGateways names the place of the money that gateways hold or have handed over.
const cashOfGateways = "gateways"

// isCashOfGateway reports whether a line moves money that a gateway has, and not a person.
func (p posting) isCashOfGateway() bool {
	if p.Account != journal.Cash && p.Account != journal.InTransit {
		return false
	}
	kind := journal.Kind(p.Kind)
	if kind == journal.KindRefund || kind == journal.KindRefundReturned {
		return p.EventType == refund.Answered{}.EventType()
	}
	return kind != journal.KindReceive
}

// expectCash expects what gateways took, less their fees and what is gone again.
func (b *books) expectCash(m *moment, group []*moment) {
	cash := func(amount money.Amount) { b.want(m, journal.Cash, cashOfGateways, amount) }
	switch e := m.Fact.(type) {
	case invoice.PaymentRecorded:
		if e.Gateway != "" {
			cash(e.Amount)
		}
	case payment.Answered, payment.Resolved, payment.Costed:
		for sign, s := range map[int64]payment.State{1: m.before.(payment.State), -1: m.after.(payment.State)} {
			for _, a := range s.Attempts {
				if a.Status == payment.StatusSucceeded && a.Fee != nil {
					cash(a.Fee.Mul(sign))
				}
			}
		}
	case payment.Disputed:
		cash(e.Amount.Neg())
		if e.Fee != nil {
			cash(e.Fee.Neg())
		}
	case payment.DisputeClosed:
		was, _ := m.before.(payment.State).FindDispute(e.ID)
		if e.Outcome == payment.DisputeWon {
			cash(was.Amount)
		}
		if e.Fee != nil {
			cash(e.Fee.Neg())
			if was.Fee != nil {
				cash(*was.Fee)
			}
		}
	case payment.Reversed:
		if _, disputed := m.before.(payment.State).FindDispute(e.Reference); !disputed {
			cash(e.Amount.Neg())
		}
	case account.MoneyReversed:
		for _, other := range group {
			if _, told := other.Fact.(payment.Reversed); told {
				return
			}
		}
		cash(e.Amount.Neg())
	case refund.Answered:
		for sign, s := range map[int64]refund.State{1: m.before.(refund.State), -1: m.after.(refund.State)} {
			if s.Status == refund.StatusSucceeded && !s.ByHand {
				cash(s.Amount.Mul(sign))
			}
		}
	}
}

// cashGateway holds the cash of gateways against what the streams say that they took and sent, after each command, and in a sandbox
// against what the gateway says itself.
func cashGateway() *check {
	return &check{Result: Result{Name: "cash_gateway"}, group: func(c *check, r *run) { agree(c, r, journal.Cash) }, stored: func(ctx context.Context, c *check, r *run) error {
		charges, err := r.charges(ctx)
		if err != nil || charges == nil || r.otherGateway() {
			return err
		}
		told, books := amounts{}, amounts{}
		for p, sum := range r.books.holds {
			if p.account == journal.Cash {
				books.add("cash of the gateway", sum)
			}
		}
		for _, charge := range charges {
			if r.attempt(charge).Status == payment.StatusSucceeded {
				told.add("cash of the gateway", charge.balance())
			}
		}
		told.same(c, books, "the gateway says", "the journal has", all)
		return nil
	}}
}

// balance gives what the gateway has of a charge.
func (k Charge) balance() money.Amount {
	left := k.Amount
	less := func(amount *money.Amount) {
		if amount != nil {
			left = left.Minus(*amount)
		}
	}
	less(k.Answer.Fee)
	for _, back := range k.Refunds {
		if back.Answer.Status == refund.AttemptSucceeded {
			less(&back.Amount)
		}
	}
	for _, d := range k.Disputes {
		if d.Status != payment.DisputeWon {
			less(&d.Amount)
		}
		less(d.Fee)
	}
	if k.Gone != nil {
		less(&k.Gone.Amount)
	}
	return left
}

// charges asks the gateway of a sandbox. It gives nil where none is asked: it tells how things are now, and nothing of the past.
func (r *run) charges(ctx context.Context) ([]Charge, error) {
	if r.Charges == nil {
		return nil, nil
	}
	return r.Charges(ctx, r.tx, r.Now)
}

// attempt gives the attempt that a charge is of, the zero value where there is none.
func (r *run) attempt(of Charge) payment.Attempt {
	s := stateOf[payment.State](r, payment.Stream(of.Payment))
	if n := of.Answer.N; of.Payment != "" && n >= 1 && n <= len(s.Attempts) {
		return s.Attempts[n-1]
	}
	return payment.Attempt{}
}

// sandboxed names the gateway that can be asked.
const sandboxed = "sandbox"

// otherGateway reports whether another gateway than the one that can be asked took money.
func (r *run) otherGateway() bool {
	for _, state := range r.states {
		if s, ok := state.(payment.State); ok {
			for _, a := range s.Attempts {
				if a.Gateway != sandboxed {
					return true
				}
			}
		}
	}
	return false
}

// gatewayKnown holds charges, refunds and disputes of the ledger against those that the gateway knows: each that one side tells of is
// known to the other, with the same amount. What is under way is left out.
func gatewayKnown() *check {
	return &check{Result: Result{Name: "gateway"}, event: func(c *check, m *moment) {
		// Each success is of an attempt that was made, and of its currency.
		if e, ok := m.Fact.(payment.Answered); ok && m.fault == nil {
			s := m.after.(payment.State)
			c.holds(e.N >= 1 && e.N <= len(s.Attempts), m.Position, m.object(), "the gateway answered for the attempt %d of %d", e.N, len(s.Attempts))
		}
	}, stored: func(ctx context.Context, c *check, r *run) error {
		charges, err := r.charges(ctx)
		if err != nil || charges == nil {
			return err
		}
		known, returned := map[string]Charge{}, map[string]ChargeRefund{}
		for _, charge := range charges {
			known[payment.Key(charge.Payment, charge.Answer.N)] = charge
			for _, back := range charge.Refunds {
				returned[back.Refund], returned[back.Answer.Reference] = back, back
			}
			knowsCharge(c, r, charge)
		}
		for stream, state := range r.states {
			switch s := state.(type) {
			case payment.State:
				for _, a := range s.Attempts {
					charge, there := known[payment.Key(s.ID, a.N)]
					if a.Gateway == sandboxed && a.Status == payment.StatusSucceeded {
						c.holds(there && charge.Answer.Status == payment.StatusSucceeded && charge.Amount.Equal(a.Amount), 0, string(stream),
							"attempt %d took %s, and the gateway says %q and %s", a.N, a.Amount, charge.Answer.Status, charge.Amount)
					}
				}
			case refund.State:
				if s.Gateway == sandboxed && s.Status == refund.StatusSucceeded && !s.ByHand {
					back, there := returned[s.ID]
					if !there {
						back, there = returned[s.Reference]
					}
					c.holds(there && back.Amount.Equal(s.Amount), 0, string(stream), "%s went back, and the gateway says %s", s.Amount, back.Amount)
				}
			}
		}
		return nil
	}}
}

// knowsCharge looks whether the ledger knows of a charge that took money, of its refunds and of its disputes.
func knowsCharge(c *check, r *run, charge Charge) {
	if charge.Answer.Status != payment.StatusSucceeded {
		return
	}
	a := r.attempt(charge)
	object := "charge " + payment.Key(charge.Payment, charge.Answer.N)
	c.holds(a.Status.Open() && a.N > 0 || a.Status == payment.StatusSucceeded, 0, object, "the gateway took %s, and the ledger says %q", charge.Amount, a.Status)
	s := stateOf[payment.State](r, payment.Stream(charge.Payment))
	for _, d := range charge.Disputes {
		ours, found := s.FindDispute(d.ID)
		c.holds(found && ours.Status == d.Status, 0, object, "the gateway says that the dispute %s is %s, and the ledger %q", d.ID, d.Status, ours.Status)
	}
	for _, back := range charge.Refunds {
		if back.Answer.Status != refund.AttemptSucceeded {
			continue
		}
		c.holds(r.knowsRefund(back), 0, object, "the gateway sent %s back, and the ledger does not know of it", back.Amount)
	}
}

// knowsRefund reports whether the ledger has a refund that the gateway made.
func (r *run) knowsRefund(back ChargeRefund) bool {
	if s := stateOf[refund.State](r, refund.Stream(back.Refund)); back.Refund != "" {
		return s.ID != "" && s.Amount.Equal(back.Amount)
	}
	for _, state := range r.states {
		if s, ok := state.(refund.State); ok && s.Reference == back.Answer.Reference && s.Amount.Equal(back.Amount) {
			return true
		}
	}
	return false
}
