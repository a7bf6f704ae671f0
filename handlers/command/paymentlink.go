package command

import (
	"errors"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/eventstore"
)

// PaymentLink is a payment link at an instant.
type PaymentLink struct {
	State   paymentlink.State
	Version int64
	Now     time.Time
}

// Offering says what a link is to sell.
type Offering struct {
	Price    string
	Seats    int64
	Coupon   *string
	TimeZone *string
}

// LinkSale makes a link by which a person buys a subscription, at what it costs now. The caller fills in the id and the end of c. It
// refuses as [CreateSubscription] does, and with expires_at_invalid.
func LinkSale(name string, c paymentlink.Create, o Offering) Command[PaymentLink] {
	stream := paymentlink.Stream(c.ID)
	return onWorkspaceAs(stream, name, []domain.Stream{stream}, func(w *workspace) (PaymentLink, error) {
		c := c
		if err := checkPrice(o.Price); err != nil {
			return PaymentLink{}, err
		}
		terms, err := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).ForSale(o.Price)
		if err != nil {
			return PaymentLink{}, err
		}
		c.Workspace, c.Sale = name, &paymentlink.Sale{
			Terms: terms, Seats: o.Seats, Coupon: domain.Or(o.Coupon, ""), TimeZone: domain.Or(o.TimeZone, ""),
			Tax: eventstore.StateOf[tax.State](w.d, tax.Stream(name)).Override(),
		}
		if o.Coupon != nil {
			c.Sale.Discount = w.discount(*o.Coupon)
		}
		if c.Amount, err = w.costs(*c.Sale); err != nil {
			return PaymentLink{}, err
		}
		return w.onLink(c.ID, c)
	})
}

// LinkPayment makes a link by which a person pays an invoice of the workspace. The caller fills in the id, the invoice and the end of
// c. It refuses with invoice_not_found, invoice_voided, invoice_paid or expires_at_invalid.
func LinkPayment(name string, c paymentlink.Create) Command[PaymentLink] {
	stream := paymentlink.Stream(c.ID)
	return onWorkspaceAs(stream, name, []domain.Stream{stream, invoice.Stream(c.Invoice)}, func(w *workspace) (PaymentLink, error) {
		c, s := c, w.invoiceState(c.Invoice)
		if s.Workspace != name {
			return PaymentLink{}, domain.NotFound("invoice_not_found", "the workspace has no such invoice")
		}
		if err := s.CheckPayable(); err != nil {
			return PaymentLink{}, err
		}
		c.Workspace, c.Amount = name, s.Outstanding()
		return w.onLink(c.ID, c)
	})
}

// CancelPaymentLink takes a link back. It refuses with payment_link_not_found, link_completed, or payment_in_progress while a gateway
// may be taking the money for it.
func CancelPaymentLink(id string) Command[PaymentLink] {
	stream := paymentlink.Stream(id)
	return Command[PaymentLink]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (PaymentLink, error) {
			l := eventstore.StateOf[paymentlink.State](d, stream).At(d.Now())
			w := &workspace{d: d, name: l.Workspace}
			p, err := w.triedPayment(l)
			if err != nil {
				return PaymentLink{}, err
			}
			if l.Status == paymentlink.StatusOpen && p.Open() {
				return PaymentLink{}, p.CheckIdle()
			}
			return w.onLink(id, paymentlink.Cancel{})
		},
	}
}

// FindPaymentLink gives a link as it is now. It writes nothing. It refuses with payment_link_not_found.
func FindPaymentLink(id string) Command[PaymentLink] {
	stream := paymentlink.Stream(id)
	return Command[PaymentLink]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (PaymentLink, error) {
			found := eventstore.StateOf[paymentlink.State](d, stream)
			if found.ID == "" {
				return PaymentLink{}, paymentlink.NotFound()
			}
			return PaymentLink{State: found.At(d.Now()), Version: d.Version(stream), Now: d.Now()}, nil
		},
	}
}

// ExpirePaymentLink ends a link whose time has come, as of its own instant.
func ExpirePaymentLink(id string) Command[struct{}] {
	stream := paymentlink.Stream(id)
	return Command[struct{}]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide:   func(d *eventstore.Decision) (struct{}, error) { return struct{}{}, expire(d, stream) },
	}
}

// expire ends a link that is due by now.
func expire(d *eventstore.Decision, stream domain.Stream) error {
	at, ok := eventstore.StateOf[paymentlink.State](d, stream).NextDeadline()
	if !ok || at.After(d.Now()) {
		return nil
	}
	_, err := applyAt(d, stream, paymentlink.Decide, paymentlink.Command(paymentlink.Expire{}), at)
	return err
}

// onLink decides a command on a link.
func (w *workspace) onLink(id string, c paymentlink.Command) (PaymentLink, error) {
	stream := paymentlink.Stream(id)
	after, err := apply(w.d, stream, paymentlink.Decide, c)
	return PaymentLink{State: after.At(w.d.Now()), Version: w.d.Version(stream), Now: w.d.Now()}, err
}

// onPaymentLink decides on a link, and on its workspace, after the deadlines that are due there. It refuses with payment_link_not_found.
func onPaymentLink[R any](id string, decide func(*workspace, paymentlink.State) (R, error)) Command[R] {
	stream := paymentlink.Stream(id)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none R, err error) {
			l := eventstore.StateOf[paymentlink.State](d, stream).At(d.Now())
			if l.ID == "" {
				return none, paymentlink.NotFound()
			}
			w := &workspace{d: d, name: l.Workspace}
			more := slices.Clone(issuing)
			if id := l.Pays(); id != "" {
				more = append(more, invoice.Stream(id))
			}
			if err := w.need(append(more, streamsOf(w.name)...)...); err != nil {
				return none, err
			}
			if err := w.catchUp(); err != nil {
				return none, err
			}
			result, err := decide(w, l)
			if err != nil {
				return none, err
			}
			return result, w.reconcile(d.Now())
		},
	}
}

// sold gives the command that begins what a link sells. It refuses with license_active.
func (w *workspace) sold(s paymentlink.Sale, id string, b subscription.Billing) (subscription.Create, error) {
	if err := w.checkUnlicensed(); err != nil {
		return subscription.Create{}, err
	}
	c := subscription.Create{
		Billing: b, ID: id, Price: s.Terms.Price, Terms: s.Terms, Seats: s.Seats, SeatsInUse: w.seatsInUse(),
		Collection: subscription.CollectionAutomatic, Discount: s.Discount,
	}
	if s.TimeZone != "" {
		c.TimeZone = &s.TimeZone
	}
	if s.Coupon != "" {
		c.Coupon = &s.Coupon
	}
	return c, w.fund(&c.Billing, s.Terms.Currency)
}

// costs tells what is to be paid first for what a link sells. It refuses as the sale itself would now.
func (w *workspace) costs(s paymentlink.Sale) (due money.Amount, err error) {
	c, err := w.sold(s, "offered", subscription.Billing{Change: "offered", Invoice: "offered"})
	if err != nil {
		return due, err
	}
	w.sale = &s
	defer func() { w.sale = nil }()
	facts, err := subscription.Decide(w.billable(), c, w.d.Meta())
	if err != nil {
		return due, err
	}
	due = money.Zero(s.Terms.Currency)
	for _, fact := range facts {
		if waiting, ok := fact.(subscription.UpdatePending); ok {
			covered, err := w.account().Covers(waiting.Bill.Total)
			return waiting.Bill.Total.Minus(covered), err
		}
	}
	return due, nil
}

// sell begins what a link sells, and gives the invoice. What an earlier try began goes on waiting for the money.
func (w *workspace) sell(l paymentlink.State, id string, b subscription.Billing) (string, error) {
	if w.waitsFor(l.Pays()) {
		return l.Pays(), nil
	}
	c, err := w.sold(*l.Sale, id, b)
	if err != nil {
		return "", err
	}
	w.sale = l.Sale
	defer func() { w.sale = nil }()
	return b.Invoice, w.change(c, w.d.Now())
}

// waitsFor reports whether the subscription waits for the money of an invoice.
func (w *workspace) waitsFor(id string) bool {
	u := w.subscription().PendingUpdate
	return u != nil && u.Invoice == id
}

// triedPayment gives the payment that a link's latest try began; it has no ID before the first, and where another route has begun
// another since.
func (w *workspace) triedPayment(l paymentlink.State) (payment.State, error) {
	if l.Last == nil {
		return payment.State{}, nil
	}
	if err := w.needInvoices([]string{l.Last.Invoice}); err != nil {
		return payment.State{}, err
	}
	if err := w.needPayments([]string{l.Last.Invoice}); err != nil {
		return payment.State{}, err
	}
	p := w.paymentOf(l.Last.Invoice)
	if p.ID != l.Last.Payment || p.Last().Link != l.ID {
		return payment.State{}, nil
	}
	return p, nil
}

// completeLink ends a link that was paid, and keeps the method where the person was told so.
func (w *workspace) completeLink(id, paidBy string) error {
	stream := paymentlink.Stream(id)
	if err := w.need(stream); err != nil {
		return err
	}
	l := eventstore.StateOf[paymentlink.State](w.d, stream)
	c := paymentlink.Complete{Payment: paidBy}
	if l.Kind() == paymentlink.KindSubscription {
		c.Subscription = w.subscription().ID
	}
	facts, err := decideAt(w.d, stream, paymentlink.Decide, paymentlink.Command(c), w.d.Now())
	if err != nil || len(facts) == 0 || l.Last == nil || !l.Last.Keep {
		return err
	}
	return w.keep(paymentmethod.Add{ID: l.Last.Method.ID, Description: describe(l.Last.Method), Default: true})
}

// keep adds the method of a payment to those of the workspace, unless they are full.
func (w *workspace) keep(c paymentmethod.Add) error {
	if err := w.need(paymentmethod.Stream(w.name)); err != nil {
		return err
	}
	if _, known := w.methods().Find(c.ID); known {
		return nil
	}
	if err := w.reconcile(w.d.Now()); err != nil { // so that what was just paid is not past due
		return err
	}
	err := w.onMethods(c)
	if _, refused := errors.AsType[*domain.Rejection](err); refused {
		return nil
	}
	if err != nil {
		return err
	}
	added, _ := w.methods().Find(c.ID)
	return w.collectOverdue(added)
}

func describe(m paymentlink.Method) paymentmethod.Description {
	return paymentmethod.Description{
		Gateway: m.Gateway, Token: m.Token, Kind: paymentmethod.Kind(m.Kind), Brand: m.Brand, Last4: m.Last4, ExpMonth: m.ExpMonth, ExpYear: m.ExpYear,
	}
}

// LinkTry says by what a person pays a link, and names what may come of it.
type LinkTry struct {
	Method       paymentmethod.Description
	Keep         bool // for later payments; what a subscription's link is paid by is kept in any case
	Subscription string
	Billing      subscription.Billing
}

// Tried tells the payment that the gateway is asked for; it is empty where nothing was to be paid.
type Tried struct {
	Payment string
	At      time.Time
}

// PayLink has a gateway asked for a link's amount. A subscription's link begins the subscription first, which then waits for the
// money. It refuses with payment_link_not_found, link_completed, link_canceled, link_expired, payment_in_progress, or as
// [CreateSubscription] and [PayInvoice] do, and with link_out_of_date where the amount would not pay all.
func PayLink(id string, c LinkTry) Command[Tried] {
	return onPaymentLink(id, func(w *workspace, l paymentlink.State) (Tried, error) {
		if err := l.CheckOpen(w.d.Now()); err != nil {
			return Tried{}, err
		}
		pays, keep := l.Invoice, c.Keep
		if l.Kind() == paymentlink.KindSubscription {
			var err error
			if pays, err = w.sell(l, c.Subscription, c.Billing); err != nil {
				return Tried{}, err
			}
			keep = true
			if w.invoiceState(pays).Outstanding().Sign() <= 0 {
				return Tried{At: w.d.Now()}, w.completeLink(id, "")
			}
		}
		if err := w.invoiceState(pays).CheckPayable(); err != nil {
			return Tried{}, err
		}
		if more, err := w.invoiceState(pays).Outstanding().Cmp(l.Amount); err != nil || more > 0 && l.Kind() == paymentlink.KindSubscription {
			return Tried{}, errors.Join(err, outOfDate())
		}
		method := paymentlink.Method{
			ID: derived("link method", id, c.Method.Gateway, c.Method.Token), Gateway: c.Method.Gateway, Token: c.Method.Token, Kind: string(c.Method.Kind),
			Brand: c.Method.Brand, Last4: c.Method.Last4, ExpMonth: c.Method.ExpMonth, ExpYear: c.Method.ExpYear,
		}
		charge := payment.Charge{Gateway: method.Gateway, Method: method.ID, Token: method.Token, Amount: l.Amount, Link: id, Awaited: true}
		if err := w.ask(pays, charge, w.d.Now()); err != nil {
			return Tried{}, err
		}
		paying := w.paymentOf(pays)
		_, err := w.onLink(id, paymentlink.Try{Payment: paying.ID, N: paying.Last().N, Invoice: pays, Method: method, Keep: keep})
		return Tried{Payment: paying.ID, At: w.d.Now()}, err
	})
}

func outOfDate() error {
	return domain.Conflict("link_out_of_date", "what the link is for costs more by now")
}
