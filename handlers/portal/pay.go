package portal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/paper"
)

// pay has the gateway asked for a link's amount, and waits a moment for what comes of it.
func (r rooms) pay(c *endpoint.Call, given url.Values) (string, error) {
	if given.Get("do") != "pay" {
		return c.Self(""), nil
	}
	found, err := endpoint.Look(c, command.ShowLink(c.Opened().ID))
	if err != nil || found.Standing != command.StandingOpen && found.Standing != command.StandingDeclined {
		return back(c, err)
	}
	try := command.LinkTry{
		Keep: given.Get("keep") != "", Subscription: endpoint.NewID(),
		Billing: subscription.Billing{Change: endpoint.NewID(), Invoice: endpoint.NewID()},
	}
	if found.Link.Amount.Sign() > 0 {
		if try.Method, err = r.attach(c, found.Link.Workspace, given.Get("token")); err != nil {
			return back(c, err)
		}
	}
	tried, err := endpoint.Do(c, given, command.PayLink(c.Opened().ID, try))
	if err != nil {
		return back(c, err)
	}
	if tried.Payment != "" {
		// What was begun goes on, whether or not the person stays.
		_, _, err = r.deadlines.Charge(context.WithoutCancel(c.Context()), c.Ledger, tried.Payment, found.Link.Kind() == paymentlink.KindSubscription)
	}
	return c.Self(""), err
}

// attach has the sandbox gateway look a token up: pages for the others are their own.
func (r rooms) attach(c *endpoint.Call, workspace, token string) (d paymentmethod.Description, err error) {
	found, err := r.gateways.Find(c.Ledger, gateway.Sandbox)
	if err != nil {
		return d, err
	}
	return gateway.Attach(c.Context(), found, c.Ledger, workspace, token)
}

// PayLink names the link to a payment link's page.
func PayLink(l paymentlink.State) endpoint.Link {
	return endpoint.Link{Place: placeLink, ID: l.ID, ExpiresAt: l.ExpiresAt}
}

// showPay shows how a link is and what it is for.
func (r rooms) showPay(c *endpoint.Call) (endpoint.Rendered, error) {
	found, err := endpoint.Look(c, command.ShowLink(c.Opened().ID))
	if err != nil {
		return endpoint.Rendered{}, err
	}
	s := newSheet(c, found.Seller)
	s.State, s.Amount = string(found.Standing), paper.Price(found.Link.Amount)
	if found.Standing == command.StandingReversed {
		s.State = string(command.StandingDeclined)
	}
	describeLink(&s, found)
	s.Panel = payPanel(s, found)
	status := http.StatusOK
	switch code := c.Asked("refused"); found.Standing {
	case command.StandingOpen, command.StandingDeclined:
		s.refuse(code)
		if code == codeDeclined {
			s.State = string(command.StandingDeclined)
		}
		r.payAtGateway(c, &s, found)
	case command.StandingExpired, command.StandingCanceled:
		status = http.StatusGone
	case command.StandingProcessing, command.StandingRequiresAction, command.StandingPaid, command.StandingOutOfDate, command.StandingReversed:
	}
	return s.render(status)
}

// askedBack is added to the address that a gateway's page leads a customer back to who paid there.
const askedBack = "paid"

// payAtGateway leads to the gateway's own page where there is one, and else lets the person pay here. A page that has expired before
// the link is opened anew. Whoever comes back from a page that was used sees that the gateway's word is awaited.
func (r rooms) payAtGateway(c *endpoint.Call, s *sheet, p command.LinkPage) {
	page := p.Link.Page
	if page == nil && hosted(c, r.gateways, p.Link.Amount) == nil {
		s.payForm(p)
		return
	}
	if page != nil && c.Asked(askedBack) != "" {
		s.State, s.Panel = string(command.StandingProcessing), processing()
		s.Panel.Links = append(s.Panel.Links, link{Label: "I have not paid yet", Address: c.LinkURL(PayPath, PayLink(p.Link)), Quiet: true})
		return
	}
	if page == nil || !p.Now.Before(page.ExpiresAt) {
		opened, err := Checkout(c, r.gateways, p.Link, p.Now.UTC().Format("2006-01-02T15"))
		if err != nil {
			s.refuse("gateway_unreachable")
			return
		}
		page = opened
	}
	s.Panel.Links = append(s.Panel.Links, link{Label: "Pay " + s.Amount, Address: page.URL})
	s.Panel.Small = "The link is open until " + moment(p.Link.ExpiresAt, p.Seller) + "."
}

// describeLink says what a link is for.
func describeLink(s *sheet, p command.LinkPage) {
	if p.Link.Kind() == paymentlink.KindInvoice {
		describeInvoice(s, p)
		return
	}
	sale := p.Link.Sale
	s.Topic, s.Head, s.Title = "For "+p.Link.Workspace, p.Product, "Subscribe to "+p.Product
	s.Note = "for the first " + every(sale.Terms) + ", renewed each " + every(sale.Terms)
	seats := fact{"Seats", fmt.Sprint(sale.Seats)}
	if each, err := money.Parse(sale.Terms.Currency, sale.Terms.UnitAmount); err == nil {
		seats.Value += " × " + paper.Price(each)
	}
	s.Facts = append(s.Facts, seats)
	if sale.Discount != nil {
		s.Facts = append(s.Facts, fact{"Discount", sale.Discount.Title()})
	}
	if bill, err := sale.Tax.Over(sale.Terms).Bill(sale.Seats); err == nil && bill.Tax.Sign() > 0 && bill.Total.Equal(p.Link.Amount) {
		s.Facts = append(s.Facts, fact{"Tax", paper.Price(bill.Tax)})
	}
	last := fact{"Due today", s.Amount}
	switch p.Standing {
	case command.StandingPaid:
		last.Name = "Paid"
	case command.StandingExpired, command.StandingCanceled, command.StandingOutOfDate, command.StandingReversed:
		last.Name = "Total"
	case command.StandingOpen, command.StandingProcessing, command.StandingRequiresAction, command.StandingDeclined:
	}
	s.Facts = append(s.Facts, last)
}

func describeInvoice(s *sheet, p command.LinkPage) {
	s.Topic, s.Head = "For "+p.Link.Workspace, "Invoice"
	if p.Invoice.Number != "" {
		s.Head += " " + p.Invoice.Number
	}
	s.Title = "Pay " + s.Head
	zone := zoneOf(p.Invoice.TimeZone)
	if p.Invoice.DueAt != nil {
		s.Note = "due " + paper.Day(*p.Invoice.DueAt, zone)
	}
	s.Facts = []fact{{"Total", paper.Price(p.Invoice.Bill.Total)}}
	if p.Invoice.IssuedAt != nil {
		s.Facts = append([]fact{{"Issued", paper.Day(*p.Invoice.IssuedAt, zone)}}, s.Facts...)
	}
	if due := p.Invoice.Outstanding(); due.Sign() > 0 {
		s.Facts = append(s.Facts, fact{"Still to be paid", paper.Price(due)})
	}
}

// payForm lets the person pay.
func (s *sheet) payForm(p command.LinkPage) {
	f := &form{Key: endpoint.NewID(), Buttons: []button{{Name: "do", Value: "pay", Label: "Pay " + s.Amount}}}
	if p.Link.Amount.Sign() > 0 {
		f.Fields = []field{tokenField(s.Panel.Alert)}
	} else {
		f.Buttons[0].Label = "Start the subscription"
	}
	if p.Link.Kind() == paymentlink.KindInvoice {
		f.Checks = []check{{Name: "keep", Label: "Keep this payment method, and pay later invoices by it"}}
		if due, err := p.Invoice.Outstanding().Cmp(p.Link.Amount); err == nil && due < 0 {
			s.Panel.Text = append(s.Panel.Text, "A part was paid since this link was made. What you pay beyond "+
				paper.Price(p.Invoice.Outstanding())+" becomes credit for later invoices.")
		}
		s.Panel.Small = "The link is open until " + moment(p.Link.ExpiresAt, p.Seller) + "."
	} else {
		s.Panel.Small = "The subscription begins when you pay, and renews each " + every(p.Link.Sale.Terms) + " by this payment method until it is canceled. " +
			"The link is open until " + moment(p.Link.ExpiresAt, p.Seller) + "."
	}
	s.Panel.Form = f
}

// payPanel says how the link's payment is.
func payPanel(s sheet, p command.LinkPage) panel {
	switch p.Standing {
	case command.StandingOpen:
		return panel{Title: "Payment details"}
	case command.StandingDeclined:
		return panel{Title: "Payment details", Alert: declined(p.Attempt.Failure)}
	case command.StandingProcessing:
		return processing()
	case command.StandingRequiresAction:
		return mustConfirm(p.Attempt, p.Seller)
	case command.StandingPaid:
		return paid(s, p)
	case command.StandingReversed:
		return reversed(p.Attempt, s.Seller)
	case command.StandingExpired:
		return panel{Mark: markBad, Title: "This link has expired", Text: []string{
			"It was open until " + moment(p.Link.ExpiresAt, p.Seller) + ". Nothing was charged.", "Please ask " + s.Seller + " for a new one."}}
	case command.StandingCanceled:
		return panel{Mark: markBad, Title: "This link was canceled", Text: []string{
			s.Seller + " took it back. Nothing was charged.", "If you still want to pay, please ask for a new one."}}
	case command.StandingOutOfDate:
	}
	return outOfDate(p.Reason, s.Seller)
}

func paid(s sheet, p command.LinkPage) panel {
	done := panel{Mark: markGood, Title: "Thank you, it is paid"}
	if p.Link.Payment == "" {
		done.Title = "Your subscription has begun"
	}
	if at := p.Link.CompletedAt; at != nil {
		done.Facts = append(done.Facts, fact{"Paid on", moment(*at, p.Seller)})
	}
	if t := p.Link.Last; t != nil && p.Link.Payment != "" {
		done.Facts = append(done.Facts, fact{"Paid by", methodName(t.Method.Brand, t.Method.Last4)})
	}
	done.Facts = append(done.Facts, fact{"Paid to", s.Seller})
	if p.Link.Kind() == paymentlink.KindSubscription {
		done.Text = []string{"Your subscription to " + p.Product + " is active. You can close this page."}
	} else {
		done.Text = []string{"You can close this page."}
	}
	return done
}
