package payments

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/portal"
)

// createPaymentLinkBody is the body of POST /v1/workspaces/{workspace}/payment-links.
type createPaymentLinkBody struct {
	Price     *string    `json:"price,omitempty" example:"pro-month" doc:"Sells a subscription at this price, whose money is collected."`
	Seats     *int64     `json:"seats,omitempty" minimum:"1" maximum:"1000000" example:"5" doc:"With price, and needed there."`
	Coupon    *string    `json:"coupon,omitempty" example:"welcome" doc:"With price."`
	TimeZone  *string    `json:"time_zone,omitempty" default:"UTC" example:"Europe/Berlin" doc:"With price."`
	Invoice   *string    `json:"invoice,omitempty" maxLength:"64" doc:"Asks for what is to be paid of this invoice, instead of selling something."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"At most 30 days away by the ledger's clock; in 24 hours when it is not given."`
}

// paymentLinkView shows a payment link.
type paymentLinkView struct {
	ID           string             `json:"id"`
	URL          string             `json:"url" doc:"Of the page. Whoever has it can pay, without any other credential."`
	Workspace    string             `json:"workspace"`
	Kind         paymentlink.Kind   `json:"kind"`
	Price        *string            `json:"price"`
	Seats        *int64             `json:"seats"`
	Invoice      *string            `json:"invoice" doc:"That is paid; of a subscription's link the one that the latest try made."`
	Amount       view.Money         `json:"amount" doc:"What is charged, whatever changes after the link was made."`
	Status       paymentlink.Status `json:"status"`
	CreatedAt    time.Time          `json:"created_at"`
	ExpiresAt    time.Time          `json:"expires_at"`
	CompletedAt  *time.Time         `json:"completed_at"`
	Payment      *string            `json:"payment" doc:"That completed it, or else that the latest try began."`
	Subscription *string            `json:"subscription" doc:"That began when the link was paid."`
}

func viewLink(c *endpoint.Call, l command.PaymentLink) paymentLinkView {
	s := l.State
	address := c.LinkURL(portal.PayPath, portal.PayLink(s))
	if s.Page != nil && l.Now.Before(s.Page.ExpiresAt) {
		address = s.Page.URL
	}
	shown := paymentLinkView{
		ID: s.ID, URL: address, Workspace: s.Workspace, Kind: s.Kind(), Invoice: endpoint.OrNull(s.Pays()),
		Amount: view.MoneyOf(s.Amount), Status: s.Status, CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(), Payment: endpoint.OrNull(s.Payment),
		Subscription: endpoint.OrNull(s.Subscription),
	}
	if s.Sale != nil {
		shown.Price, shown.Seats = &s.Sale.Terms.Price, &s.Sale.Seats
	}
	if s.CompletedAt != nil {
		shown.CompletedAt = new(s.CompletedAt.UTC())
	}
	if s.Payment == "" && s.Last != nil {
		shown.Payment = &s.Last.Payment
	}
	return shown
}

// linkShown completes a command on a link by its view, which needs the call's secrets.
func linkShown(c *endpoint.Call, on command.Command[command.PaymentLink]) command.Command[paymentLinkView] {
	return command.Command[paymentLinkView]{
		Resource: on.Resource, Reads: on.Reads, Writes: on.Writes,
		Decide: func(d *eventstore.Decision) (paymentLinkView, error) {
			found, err := on.Decide(d)
			if err != nil {
				return paymentLinkView{}, err
			}
			return viewLink(c, found), nil
		},
	}
}

func asShown[V any](v V) V { return v }

// createLink has a live ledger's gateway open a page of its own first, once it is known what is to be paid there.
func createLink(gateways gateway.Set) func(*endpoint.Call, createPaymentLinkBody) command.Command[paymentLinkView] {
	return func(c *endpoint.Call, b createPaymentLinkBody) command.Command[paymentLinkView] {
		made := paymentlink.Create{ID: endpoint.NewID(), ExpiresAt: b.ExpiresAt}
		if c.Ledger.Mode != eventstore.ModeLive {
			return linkShown(c, offer(c, b, made))
		}
		offered, err := endpoint.Look(c, offer(c, b, made))
		if err != nil {
			return command.Refuse[paymentLinkView](paymentlink.Stream(made.ID), err)
		}
		if made.Page, err = portal.Checkout(c, gateways, offered.State, "1"); err != nil {
			return command.Refuse[paymentLinkView](paymentlink.Stream(made.ID), err)
		}
		if made.Page != nil {
			made.Charged = &offered.State.Amount
		}
		return linkShown(c, offer(c, b, made))
	}
}

// offer makes the command that makes a link.
func offer(c *endpoint.Call, b createPaymentLinkBody, made paymentlink.Create) command.Command[command.PaymentLink] {
	sells := b.Price != nil || b.Seats != nil || b.Coupon != nil || b.TimeZone != nil
	switch {
	case sells == (b.Invoice != nil) || sells && b.Price == nil:
		return command.Refuse[command.PaymentLink](paymentlink.Stream(made.ID),
			domain.InvalidField("/price", "price_or_invoice", "either price with seats, coupon and time_zone, or invoice must be given"))
	case sells && b.Seats == nil:
		return command.Refuse[command.PaymentLink](paymentlink.Stream(made.ID), domain.InvalidField("/seats", "seats_out_of_range", "seats must be given with price"))
	case sells:
		return command.LinkSale(c.Workspace(), made, command.Offering{Price: *b.Price, Seats: *b.Seats, Coupon: b.Coupon, TimeZone: b.TimeZone})
	}
	if !domain.ValidName(*b.Invoice) {
		return command.Refuse[command.PaymentLink](paymentlink.Stream(made.ID), domain.NotFound("invoice_not_found", "the workspace has no such invoice"))
	}
	made.Invoice = *b.Invoice
	return command.LinkPayment(c.Workspace(), made)
}

func getLink(c *endpoint.Call) command.Command[command.PaymentLink] {
	return command.FindPaymentLink(c.Name("payment_link"))
}

// cancelLink closes the gateway's page first, so that nobody pays there what was taken back.
func cancelLink(gateways gateway.Set) func(*endpoint.Call) command.Command[paymentLinkView] {
	return func(c *endpoint.Call) command.Command[paymentLinkView] {
		id := c.Name("payment_link")
		if found, err := endpoint.Look(c, command.FindPaymentLink(id)); err == nil && found.State.Status == paymentlink.StatusOpen {
			portal.Close(c, gateways, found.State)
		}
		return linkShown(c, command.CancelPaymentLink(id))
	}
}
