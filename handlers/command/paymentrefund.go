package command

import (
	"cmp"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// PaymentRefund asks for money of a payment to go back: all that is left of it where there is no Amount.
type PaymentRefund struct {
	Refund     string
	CreditNote string
	Amount     *money.Amount
	Reason     string
}

// RefundedPayment is a payment of which money goes back, with the refund, and the credit note where one was needed.
type RefundedPayment struct {
	Refund   refund.State
	Note     *CreditNote
	Payment  payment.State
	Version  int64        // of the payment
	Returned money.Amount // all that goes back of it
	Now      time.Time
}

// RefundPayment lets money of a payment that a gateway took go back. An overpayment takes the credit that it became; the rest is a
// credit note on the payment's invoice, which lowers first what is owed. The caller fills in all of c but Amount. It refuses with
// payment_not_found, payment_not_succeeded, refund_exceeds_payment, or its fields: amount_invalid, currency_mismatch,
// reason_invalid.
func RefundPayment(id string, c PaymentRefund) Command[RefundedPayment] {
	var note *CreditNote
	var name string
	return ofPayment(id, func(w *workspace, s payment.State) (err error) {
		if err := s.CheckTaken(); err != nil {
			return err
		}
		name = w.moneyOf(s, s.Leading().N)
		note, err = w.refundPayment(name, c)
		return err
	}, func(w *workspace) RefundedPayment {
		paid, _ := w.account().Find(name)
		s := eventstore.StateOf[payment.State](w.d, payment.Stream(id))
		return RefundedPayment{
			Refund: eventstore.StateOf[refund.State](w.d, refund.Stream(c.Refund)), Note: note, Payment: s,
			Version: w.d.Version(payment.Stream(id)), Returned: s.Leading().Amount.Minus(paid.Left()), Now: w.d.Now(),
		}
	})
}

// RefundByHand does the same for money that was recorded by hand. It goes back by hand, so that its refund waits until that is
// recorded. It refuses as RefundPayment does.
func RefundByHand(paid payment.State, c PaymentRefund) Command[RefundedPayment] {
	more := append([]domain.Stream{payment.Stream(paid.ID), invoice.Stream(paid.Invoice)}, issuing...)
	return onWorkspaceAs(payment.Stream(paid.ID), paid.Workspace, more, func(w *workspace) (none RefundedPayment, err error) {
		if !w.account().Knows(paid.ID) {
			return none, domain.NotFound("payment_not_found", "the workspace has no such payment")
		}
		note, err := w.refundPayment(paid.ID, c)
		if err != nil {
			return none, err
		}
		left, _ := w.account().Find(paid.ID)
		return RefundedPayment{
			Refund: eventstore.StateOf[refund.State](w.d, refund.Stream(c.Refund)), Note: note, Payment: paid, Version: byHandVersion,
			Returned: paid.Leading().Amount.Minus(left.Left()), Now: w.d.Now(),
		}, nil
	})
}

// byHandVersion is that of money that was recorded by hand, which has no stream of its own.
const byHandVersion = 1

func (w *workspace) refundPayment(name string, c PaymentRefund) (*CreditNote, error) {
	paid, _ := w.account().Find(name)
	left := paid.Left()
	amount := domain.Or(c.Amount, left)
	var check domain.Check
	if check.Require(amount.Currency() == left.Currency(), "/amount", "currency_mismatch", "the payment is in %s", left.Currency()) {
		check.Require(amount.Sign() > 0 || c.Amount == nil, "/amount", "amount_invalid", "amount must be more than 0")
	}
	check.Text("/reason", "reason_invalid", c.Reason, 1, 500)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	plan, err := w.planBack(paid, amount, c.CreditNote)
	if err != nil {
		return nil, err
	}
	if most := amount.Minus(plan.rest); plan.rest.Sign() > 0 || most.Sign() <= 0 {
		return nil, domain.InvalidField("/amount", "refund_exceeds_payment", "%v of the payment can go back", most)
	}
	return w.sendBack(plan, refund.Create{ID: c.Refund, Reason: c.Reason}, c.CreditNote)
}

// backPlan tells what an amount of a payment goes back by.
type backPlan struct {
	paid    account.Payment
	credit  money.Amount // of the workspace's credit
	note    money.Amount // by a credit note
	lowered money.Amount // what that takes off what is owed first
	rest    money.Amount // by neither
	settles invoice.Settles
}

// planBack splits what goes back of a payment: credit that it became by being too much, then what a credit note takes back of its
// invoice, then any other credit that there is.
func (w *workspace) planBack(paid account.Payment, amount money.Amount, note string) (plan backPlan, err error) {
	none := money.Zero(amount.Currency())
	if more := amount.Minus(paid.Left()); more.Sign() > 0 {
		return backPlan{paid: paid, rest: more}, nil
	}
	balance, err := w.credit(amount.Currency())
	if err != nil {
		return plan, err
	}
	plan = backPlan{paid: paid, credit: least(amount, paid.Credit, balance), note: none, lowered: none}
	rest := amount.Minus(plan.credit)
	if err := w.needInvoices([]string{paid.Invoice}); err != nil {
		return plan, err
	}
	if s := w.invoiceState(paid.Invoice); rest.Sign() > 0 && s.Status == invoice.StatusFinalized {
		if plan.settles, err = w.settles(paid.Invoice, note, w.d.Now()); err != nil {
			return plan, err
		}
		for _, claim := range append([]invoice.Claim{s.Claim()}, plan.settles.Claims...) {
			plan.lowered = plan.lowered.Plus(claim.Outstanding).Plus(claim.WrittenOff)
		}
		if most := least(rest, paid.Applied, s.Creditable().Minus(plan.lowered)); most.Sign() > 0 {
			plan.note = most
		}
	}
	more := least(rest.Minus(plan.note), balance.Minus(plan.credit))
	plan.credit = plan.credit.Plus(more)
	plan.rest = rest.Minus(plan.note).Minus(more)
	return plan, nil
}

// sendBack lets go back what a plan says, by one refund. The caller fills in ID, Reason and perhaps Reference of c.
func (w *workspace) sendBack(plan backPlan, c refund.Create, note string) (issued *CreditNote, err error) {
	name, now := plan.paid.Payment, w.d.Now()
	c.Workspace, c.Amount = w.name, plan.note.Plus(plan.credit)
	if plan.note.Sign() > 0 {
		if issued, err = w.noteOf(plan, c, note); err != nil {
			return nil, err
		}
		c.Invoice, c.CreditNote = &plan.paid.Invoice, &note
	}
	if plan.credit.Sign() > 0 {
		if err := w.onAccount(account.RefundOf{ID: c.ID, Payment: name, Amount: plan.credit, Reason: c.Reason}, now); err != nil {
			return nil, err
		}
	}
	if err := w.createRefund(c, name, now); err != nil {
		return nil, err
	}
	for _, part := range []account.ReturnMoney{
		{Refund: c.ID, Payment: name, Amount: plan.credit, Credit: true}, {Refund: c.ID, Payment: name, Amount: plan.note},
	} {
		if part.Amount.Sign() <= 0 {
			continue
		}
		if err := w.onAccount(part, now); err != nil {
			return nil, err
		}
	}
	return issued, nil
}

// noteOf issues the credit note of a plan.
func (w *workspace) noteOf(plan backPlan, c refund.Create, note string) (*CreditNote, error) {
	id, total := plan.paid.Invoice, plan.lowered.Plus(plan.note)
	credit := invoice.Credit{CreditNote: note, Amount: &total, Reason: c.Reason, Refund: true, Settles: plan.settles}
	credit.Payments = []invoice.Refund{{Refund: c.ID, Payment: plan.paid.Payment, Invoice: id, Amount: plan.note}}
	if err := w.tellLowered(id, w.d.Now()); err != nil {
		return nil, err
	}
	var err error
	if credit.Number, err = w.numberNote(note, w.d.Now()); err != nil {
		return nil, err
	}
	credit.Seller = w.sellerVersion()
	issued, err := w.writeNote(id, credit, w.d.Now())
	if err != nil {
		return nil, err
	}
	return &CreditNote{Workspace: w.name, Note: issued}, w.takeBack(issued.Lines)
}

// Elsewhere is money that a gateway sent back by other hands: a refund with its reference and amount, or all that went back of a
// charge so far.
type Elsewhere struct {
	N         int // the attempt; the one that took the money where it is 0
	Reference string
	Amount    money.Amount
	Total     *money.Amount
	// Known is what was known to go back of the charge when this was found; nil where that does not matter.
	Known *money.Amount
}

// reasonElsewhere stands in the credit notes of refunds that nobody here asked for.
const reasonElsewhere = "gateway"

// RefundedElsewhere books money that a gateway sent back by other hands, by a credit note, once for each reference. Of a total it
// books what neither the refunds asked for here nor those booked before explain. What is more than was left went back for refunds that were
// still to be sent. What can't be credited any more is reversed. It
// refuses with payment_not_found, payment_not_succeeded, or with difference_gone where other money is known to go back by now.
func RefundedElsewhere(id string, c Elsewhere) Command[struct{}] {
	return ofPayment(id, func(w *workspace, s payment.State) error {
		attempt := s.Leading()
		if c.N > 0 && c.N <= len(s.Attempts) {
			attempt = s.Attempts[c.N-1]
		}
		if attempt.Status != payment.StatusSucceeded {
			return s.CheckTaken()
		}
		paid, _ := w.account().Find(w.moneyOf(s, attempt.N))
		amount, reference := c.Amount, c.Reference
		known, err := w.knownBack(paid)
		switch {
		case err != nil:
			return err
		case c.Known != nil && !c.Known.Equal(known):
			return domain.Conflict("difference_gone", "%v is known to go back of the payment by now", known)
		case c.Total != nil:
			amount, reference = c.Total.Minus(known), cmp.Or(reference, attempt.Reference+" "+c.Total.Plain())
		}
		made := derived("refund", attempt.Gateway, reference)
		if err := w.need(refund.Stream(made)); err != nil {
			return err
		}
		booked, err := w.isBooked(paid, reference)
		if err != nil || booked || eventstore.StateOf[refund.State](w.d, refund.Stream(made)).ID != "" {
			return err
		}
		if err := w.coverRefunds(paid, amount, reference); err != nil {
			return err
		}
		if amount = least(amount, paid.Left()); amount.Sign() <= 0 {
			return nil
		}
		note := derived("credit_note", made)
		plan, err := w.planBack(paid, amount, note)
		if err != nil {
			return err
		}
		if !plan.rest.Equal(amount) {
			if _, err := w.sendBack(plan, refund.Create{ID: made, Reason: reasonElsewhere, Reference: reference}, note); err != nil {
				return err
			}
		}
		if plan.rest.Sign() <= 0 {
			return nil
		}
		return w.reverse(s, payment.Reverse{N: attempt.N, Reference: reference, Amount: plan.rest, Reason: payment.ReasonRefunded})
	}, func(*workspace) (none struct{}) { return none })
}

// isBooked reports whether money that went back by a reference counts for a refund already.
func (w *workspace) isBooked(paid account.Payment, reference string) (bool, error) {
	refunds, err := w.refundsOf(paid)
	return slices.ContainsFunc(refunds, func(r refund.State) bool { return r.Reference == reference }), err
}

// knownBack adds up what is known to go back of a payment, but for what failed.
func (w *workspace) knownBack(paid account.Payment) (sum money.Amount, err error) {
	refunds, err := w.refundsOf(paid)
	sum = money.Zero(paid.Applied.Currency())
	for _, r := range refunds {
		if r.Status != refund.StatusFailed {
			sum = sum.Plus(r.Amount)
		}
	}
	return sum, err
}

// refundsOf gives the refunds of a payment.
func (w *workspace) refundsOf(paid account.Payment) (refunds []refund.State, err error) {
	var streams []domain.Stream
	for _, id := range paid.Refunds {
		streams = append(streams, refund.Stream(id))
	}
	if err := w.need(streams...); err != nil {
		return nil, err
	}
	for _, stream := range streams {
		refunds = append(refunds, eventstore.StateOf[refund.State](w.d, stream))
	}
	return refunds, nil
}

// ofPayment decides a command on a payment that a gateway takes, and all that follows for its workspace, after the deadlines due
// there. It refuses with payment_not_found.
func ofPayment[R any](id string, decide func(*workspace, payment.State) error, result func(*workspace) R) Command[R] {
	stream := payment.Stream(id)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none R, err error) {
			s := eventstore.StateOf[payment.State](d, stream)
			if s.ID == "" {
				return none, domain.NotFound("payment_not_found", "there is no such payment")
			}
			w := &workspace{d: d, name: s.Workspace}
			if err := w.need(append(streamsOf(w.name), invoice.Stream(s.Invoice))...); err != nil {
				return none, err
			}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			if err := decide(w, s); err != nil {
				return none, err
			}
			if err := w.reconcile(d.Now()); err != nil {
				return none, err
			}
			return result(w), nil
		},
	}
}

// least gives the smallest of amounts of one currency.
func least(amounts ...money.Amount) money.Amount {
	return slices.MinFunc(amounts, func(a, b money.Amount) int { return a.Minus(b).Sign() })
}
