package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// Credit is a grant of credit, and the workspace that has it.
type Credit struct {
	Workspace string
	Granted   account.CreditGranted
	Credit    money.Amount // what is left in its currency once it paid what was expected
}

// GrantCredit gives a workspace credit by hand, which pays what is expected. Deadlines that are due come first. The caller
// fills in ID, Amount and Reason of c.
func GrantCredit(name string, c account.Grant) Command[Credit] {
	c.Source = account.SourceManual
	var granted Credit
	return onAccount(name, func(w *workspace) error {
		facts, err := decideAt(w.d, account.Stream(name), account.Decide, account.Command(c), w.d.Now())
		if err == nil {
			granted = Credit{Workspace: name, Granted: facts[0].(account.CreditGranted)}
		}
		return err
	}, func(w *workspace) (Credit, error) {
		var err error
		granted.Credit, err = w.credit(c.Amount.Currency())
		return granted, err
	})
}

// CreditRefund is credit that is paid out, and the workspace that had it.
type CreditRefund struct {
	Workspace string
	Refunded  account.CreditRefunded
	Refunds   []string
}

// RefundCredit pays credit out, by one refund for each payment that it goes back to; the first has the id of c. Deadlines that
// are due come first. The caller fills in all of c.
func RefundCredit(name string, c account.Refund) Command[CreditRefund] {
	var refunded CreditRefund
	return onAccount(name, func(w *workspace) error {
		refunded = CreditRefund{Workspace: name}
		facts, err := decideAt(w.d, account.Stream(name), account.Decide, account.Command(c), w.d.Now())
		if err != nil {
			return err
		}
		refunded.Refunded = facts[0].(account.CreditRefunded)
		var taken []string
		for _, part := range refunded.Refunded.Back {
			taken = append(taken, part.Payment)
		}
		if err := w.needTaken(taken); err != nil {
			return err
		}
		for i, part := range refunded.Refunded.Back {
			back := refund.Create{ID: c.ID, Workspace: name, Amount: part.Amount, Reason: c.Reason}
			if i > 0 {
				back.ID = derived("refund", c.ID, part.Payment)
			}
			if err := w.payBack(back, part.Payment, true, w.d.Now()); err != nil {
				return err
			}
			refunded.Refunds = append(refunded.Refunds, back.ID)
		}
		return nil
	}, func(*workspace) (CreditRefund, error) { return refunded, nil })
}

// onAccount decides a command on a workspace's account, and what follows from it, after the deadlines that are due. The result
// is what all that leaves.
func onAccount[R any](name string, decide func(*workspace) error, result func(*workspace) (R, error)) Command[R] {
	stream := account.Stream(name)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   streamsOf(name),
		Decide: func(d *eventstore.Decision) (none R, err error) {
			w := &workspace{d: d, name: name}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			if err := decide(w); err != nil {
				return none, err
			}
			w.moved = true
			if err := w.reconcile(d.Now()); err != nil {
				return none, err
			}
			return result(w)
		},
	}
}
