package command

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/eventstore"
)

// Standing tells a person how a payment is.
type Standing string

const (
	StandingOpen           Standing = "open"
	StandingProcessing     Standing = "processing"
	StandingRequiresAction Standing = "requires_action"
	StandingPaid           Standing = "paid"
	StandingDeclined       Standing = "declined" // and may be tried again
	StandingReversed       Standing = "reversed" // the money is gone again
	StandingExpired        Standing = "expired"
	StandingCanceled       Standing = "canceled"
	StandingOutOfDate      Standing = "out_of_date"
)

// LinkPage holds what a link's page shows.
type LinkPage struct {
	Link     paymentlink.State
	Standing Standing
	Reason   string          // the code of why the link is out of date
	Attempt  payment.Attempt // the latest of the link's payment
	Invoice  invoice.State   // of an invoice's link
	Product  string          // the name of what a subscription's link sells
	Seller   seller.Profile
	Now      time.Time
}

// ShowLink tells how a link is and what it is for, now. It writes nothing. It refuses with payment_link_not_found.
func ShowLink(id string) Command[LinkPage] {
	return onPaymentLink(id, func(w *workspace, l paymentlink.State) (LinkPage, error) {
		page := LinkPage{Link: l, Seller: w.seller(), Now: w.d.Now()}
		if l.Kind() == paymentlink.KindSubscription {
			product, _ := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Product(l.Sale.Terms.Product)
			page.Product = product.Name
		} else {
			page.Invoice = w.invoiceState(l.Invoice)
		}
		tried, err := w.triedPayment(l)
		if err != nil {
			return page, err
		}
		page.Attempt = tried.Last()
		if page.Standing, page.Reason, err = w.standing(l, tried); err != nil || page.Standing != StandingPaid || l.Payment == "" {
			return page, err
		}
		if err := w.need(payment.Stream(l.Payment)); err != nil {
			return page, err
		}
		if paid := w.payment(l.Payment).State; paid.Status() == payment.StatusReversed {
			page.Standing, page.Attempt = StandingReversed, paid.Leading()
		}
		return page, nil
	})
}

// standing tells how a link with its payment is, and the code of why it is out of date.
func (w *workspace) standing(l paymentlink.State, tried payment.State) (Standing, string, error) {
	switch {
	case l.Status == paymentlink.StatusCompleted:
		return StandingPaid, "", nil
	case tried.Open():
		return standingOf(tried.Last()), "", nil
	case l.Status == paymentlink.StatusCanceled:
		return StandingCanceled, "", nil
	case l.Status == paymentlink.StatusExpired:
		return StandingExpired, "", nil
	}
	reason, err := w.outOfDate(l)
	switch {
	case err != nil || reason == "payment_in_progress":
		return StandingProcessing, "", err
	case reason != "":
		return StandingOutOfDate, reason, nil
	case tried.ID != "":
		return StandingDeclined, "", nil
	}
	return StandingOpen, "", nil
}

// standingOf tells how an attempt is.
func standingOf(a payment.Attempt) Standing {
	switch a.Status {
	case payment.StatusSucceeded:
		if a.Reversal != nil {
			return StandingReversed
		}
		return StandingPaid
	case payment.StatusFailed:
		return StandingDeclined
	case payment.StatusRequiresAction:
		return StandingRequiresAction
	case payment.StatusPending, payment.StatusProcessing, payment.StatusUnknown, payment.StatusReversed: // an attempt is never reversed, the payment is
	}
	return StandingProcessing
}

// outOfDate gives the code of why a link can't be paid now, and nothing where it can.
func (w *workspace) outOfDate(l paymentlink.State) (string, error) {
	err := w.checkCurrent(l)
	if refused, ok := errors.AsType[*domain.Rejection](err); ok {
		return refused.Code, nil
	}
	return "", err
}

// checkCurrent refuses what paying the link would be refused with.
func (w *workspace) checkCurrent(l paymentlink.State) error {
	pays := l.Pays()
	if l.Kind() == paymentlink.KindInvoice || w.waitsFor(pays) {
		if err := w.checkIdle(pays); err != nil {
			return err
		}
		return w.invoiceState(pays).CheckPayable()
	}
	due, err := w.costs(*l.Sale)
	if err != nil {
		return err
	}
	if more, err := due.Cmp(l.Amount); err != nil || more > 0 {
		return errors.Join(err, outOfDate())
	}
	return nil
}
