package command_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// promise holds what an invoice was said to come to; nil where nothing was said.
type promise struct {
	at                 time.Time
	total, credit, due money.Amount
}

// made finds the first invoice among events, and what it came to.
func made(proposed []eventstore.Proposed) (id string, reason invoice.Reason, p promise) {
	for _, e := range proposed {
		switch fact := e.Fact.(type) {
		case invoice.Drafted:
			if id == "" {
				id, reason, p.at, p.total = fact.ID, fact.Reason, e.EffectiveAt, fact.Bill.Total
			}
		case invoice.Finalized:
			if fact.ID == id {
				p.credit = fact.CreditApplied
			}
		case invoice.Opened:
			if fact.ID == id {
				p.credit = fact.CreditApplied
			}
		}
	}
	if id != "" {
		p.due = p.total.Minus(p.credit)
	}
	return id, reason, p
}

func (p promise) String() string {
	return fmt.Sprintf("%v, credit %v, due %v", p.total, p.credit, p.due)
}

func (p promise) equal(other promise) bool {
	return p.total.Equal(other.total) && p.credit.Equal(other.credit) && p.due.Equal(other.due)
}

// asking carries out a question and returns its answer.
func asking[R any](l *lived, now time.Time, c command.Command[R]) (answer R, err error) {
	_, err = l.rehearsal.Execute(eventstore.Command{
		Resource: c.Resource, Reads: c.Reads, Writes: c.Writes, DryRun: true,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			var err error
			answer, err = c.Decide(d)
			return eventstore.Answer{}, err
		},
	}, now)
	if err != nil && !errors.As(err, new(*domain.Rejection)) {
		l.fail("at %v: %v", now, err)
	}
	return answer, err
}

// upcoming asks what the next renewal will bill.
func (l *lived) upcoming(now time.Time) *promise {
	if !l.subscription().Live() {
		return nil
	}
	shown, err := asking(l, now, command.UpcomingInvoice("w"))
	if err != nil {
		return nil
	}
	return &promise{at: shown.IssuedAt, total: shown.Bill.Total, credit: shown.CreditApplied, due: shown.AmountDue}
}

// keeps holds the first invoice that came by itself against what was said of it.
func (l *lived) keeps(said *promise, now time.Time, proposed []eventstore.Proposed) {
	if said == nil || said.at.After(now) {
		return
	}
	unpaid := slices.ContainsFunc(proposed, func(e eventstore.Proposed) bool {
		ended, is := e.Fact.(subscription.Canceled)
		return is && ended.Reason == subscription.CanceledUnpaid && !ended.CanceledAt.After(said.at)
	})
	if _, _, got := made(proposed); !unpaid && (!got.equal(*said) || !got.at.Equal(said.at)) {
		l.fail("at %v: the upcoming invoice was %v at %v, and became %v at %v", now, said, said.at, got, got.at)
	}
}

// previewed holds the answer of a preview, or its refusal.
type previewed struct {
	subscription.Preview
	err error
}

// preview asks what a change of price or seats would come to; nil for other acts.
func (l *lived) preview(a act) *previewed {
	p := subscription.Proposal{Billing: subscription.Billing{Change: "c" + a.name}}
	var price *string
	switch a.do {
	case subscription.ActionUpgrade, subscription.ActionDowngrade:
		if a.price == l.subscription().Terms.Price {
			return nil // a preview can't know which change is meant
		}
		if price = &a.price; !l.isUpgrade(a) {
			p.Seats = a.downgradeSeats()
		}
	case subscription.ActionChangeSeats:
		p.Seats = new(int64(a.seats))
	default:
		return nil
	}
	shown, err := asking(l, a.at, command.PreviewChange("w", price, p))
	return &previewed{shown.Preview, err}
}

// keepsPreview holds a change against its preview: they refuse alike, and come to the same to the cent.
func (l *lived) keepsPreview(said *previewed, proposed []eventstore.Proposed, err error) {
	if said == nil {
		return
	}
	var wanted, got *domain.Rejection
	errors.As(said.err, &wanted)
	errors.As(err, &got)
	if wanted != nil || got != nil {
		if wanted == nil || got == nil || wanted.Code != got.Code {
			l.fail("the preview said %v, and the change %v", said.err, err)
		}
		return
	}
	id, _, became := made(proposed)
	if id == "" {
		if !said.AmountDue.IsZero() {
			l.fail("the preview said that %v are due, and there is no invoice", said.AmountDue)
		}
		return
	}
	if shown := (promise{total: said.Bill.Total, credit: said.CreditApplied, due: said.AmountDue}); !became.equal(shown) {
		l.fail("the preview said %v, and it became %v", shown, became)
	}
}

// keepsActions tries one action of the subscription and one of an invoice, without doing them: those that are listed as
// available are taken, and no others.
func (l *lived) keepsActions(a act) {
	a.name, a.minor = "tried", 1
	turn := a.pick + len(l.acts)
	if len(l.equation.order) > 0 {
		id := l.latest(a)
		listed := l.equation.invoices[id].AvailableActions()
		action := invoice.Actions[turn%len(invoice.Actions)]
		a.do = map[string]string{
			invoice.ActionRecordPayment: "pay too much", invoice.ActionVoid: "void", invoice.ActionCredit: "credit note", invoice.ActionWriteOff: "write off",
		}[action]
		// Money that nobody asks for is taken as well.
		if err := l.tries(a.at, *l.command(a)); action != invoice.ActionRecordPayment && (err == nil) != slices.Contains(listed, action) || err != nil && slices.Contains(listed, action) {
			l.fail("%s of %s is listed: %v, and answered %v", action, id, listed, err)
		}
	}
	a.pick = 0
	action := subscription.Actions[turn%len(subscription.Actions)]
	tried := l.sensible(a, action)
	if len(tried) == 0 {
		return
	}
	var refusals []error
	for _, c := range tried {
		if err := l.tries(a.at, c); err != nil {
			refusals = append(refusals, err)
		}
	}
	listed := l.standing(a.at).AvailableActions(a.at)
	if works := len(refusals) < len(tried); works != slices.Contains(listed, action) {
		l.fail("%s is listed: %v, and answered %v", action, listed, refusals)
	}
}

// tries decides a command, and does not do it.
func (l *lived) tries(at time.Time, c eventstore.Command) error {
	c.DryRun = true
	_, err := l.rehearsal.Execute(c, at)
	return err
}
