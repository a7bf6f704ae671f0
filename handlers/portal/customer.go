package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/invoices"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Customer says whose pages a link opens, and where they lead back to.
type Customer struct{ Workspace, ReturnURL string }

const placeCustomer = "portal"

// Link names the link to the pages.
func (c Customer) Link() endpoint.Link {
	return endpoint.Link{Place: placeCustomer, ID: c.Workspace + "/" + c.ReturnURL}
}

// CustomerPaths gives the paths of the customer's pages by their names.
var CustomerPaths = map[string]string{
	"home": "/portal/{link}", "upgrade": "/portal/{link}/upgrade", "seats": "/portal/{link}/seats", "cancel": "/portal/{link}/cancel",
	"invoices": "/portal/{link}/invoices", "payment-methods": "/portal/{link}/payment-methods", "billing-details": "/portal/{link}/billing-details",
}

// customer shows one of the customer's pages.
type customer struct {
	*endpoint.Call
	rooms
	Customer
	name string // of the page
}

// showing gives a page's blocks, or the error that refuses it.
type showing func(customer, command.Desk, *folio) error

// doing does what a form of the page asks for.
type doing func(customer, url.Values) error

// customerRoutes gives the routes of the customer's pages.
func (r rooms) customerRoutes() []endpoint.Route {
	routes := []endpoint.Route{
		endpoint.FileOfLink(endpoint.Route{Method: http.MethodGet, Path: "/portal/{link}/invoices/{invoice}/pdf", ID: "portal-invoice-pdf", Recorded: endpoint.RecordsAll},
			placeCustomer, "application/pdf", r.file(invoices.PDFOfWorkspace)),
		endpoint.FileOfLink(endpoint.Route{Method: http.MethodGet, Path: "/portal/{link}/credit-notes/{credit_note}/pdf", ID: "portal-credit-note-pdf", Recorded: endpoint.RecordsAll},
			placeCustomer, "application/pdf", r.file(invoices.NotePDFOfWorkspace)),
	}
	for _, p := range []struct {
		name  string
		show  showing
		do    doing
		reads endpoint.Recording
	}{
		{"home", showHome, nil, 0}, {"upgrade", showUpgrade, doUpgrade, 0}, {"seats", showSeats, doSeats, 0}, {"cancel", showCancel, doCancel, 0},
		{"invoices", showInvoices, nil, 0}, {"payment-methods", showMethods, doMethods, 0}, {"billing-details", showDetails, doDetails, endpoint.RecordsAll},
	} {
		path, id := CustomerPaths[p.name], "portal-"+p.name
		routes = append(routes, endpoint.PageOfLink(endpoint.Route{Method: http.MethodGet, Path: path, ID: "show-" + id, Recorded: p.reads}, placeCustomer,
			func(c *endpoint.Call) (endpoint.Rendered, error) { return r.customer(c, p.name).page(p.show, nil, nil) }))
		if p.do != nil {
			routes = append(routes, endpoint.FormOnLink(endpoint.Route{Method: http.MethodPost, Path: path, ID: "send-" + id}, placeCustomer,
				func(c *endpoint.Call, given url.Values) (string, *endpoint.Rendered, error) {
					return r.customer(c, p.name).send(given, p.show, p.do)
				}))
		}
	}
	return routes
}

func (r rooms) customer(c *endpoint.Call, name string) customer {
	workspace, back, _ := strings.Cut(c.Opened().ID, "/")
	c.ForWorkspace(workspace)
	return customer{Call: c, rooms: r, Customer: Customer{Workspace: workspace, ReturnURL: back}, name: name}
}

// file hands a file out as long as the pages open.
func (r rooms) file(read func(*endpoint.Call, http.Header) ([]byte, error)) func(*endpoint.Call, http.Header) ([]byte, error) {
	return func(c *endpoint.Call, header http.Header) ([]byte, error) {
		desk, err := endpoint.Look(c, command.ShowDesk(r.customer(c, "").Customer.Workspace))
		if err != nil {
			return nil, err
		}
		if !desk.Now.Before(c.Opened().ExpiresAt) {
			return nil, endpoint.LinkExpired()
		}
		return read(c, header)
	}
}

// page shows the page, with the refusal of a form, and what was given there, where there is one.
func (c customer) page(show showing, refused error, given url.Values) (endpoint.Rendered, error) {
	desk, err := endpoint.Look(c.Call, command.ShowDesk(c.Customer.Workspace))
	if err != nil {
		return endpoint.Rendered{}, err
	}
	f := c.folio(desk.Seller)
	if !desk.Now.Before(c.Opened().ExpiresAt) {
		f.State = string(command.StandingExpired)
		f.Blocks = []block{{Title: "This link has expired", Text: []string{"Please open the page anew from where you came."}}}
		f.Nav = nil
		return f.render(http.StatusGone)
	}
	f.State, f.Done = "open", c.Asked("done")
	if standing := desk.State.Status; standing != "" {
		f.State = string(standing)
	}
	if refused == nil {
		refused = show(c, desk, &f)
	} else if err := show(c, desk, &f); err != nil {
		refused = err
	}
	status := http.StatusOK
	if refused != nil {
		rejection, ok := endpoint.Refused(refused)
		if !ok {
			return endpoint.Rendered{}, refused
		}
		f.Alert, status = &alert{Code: rejection.Code, Text: sentence(rejection.Message)}, endpoint.StatusOf(refused)
		f.keep(given, rejection.Fields)
	}
	return f.render(status)
}

// send does what a form asks for, and leads back to the page, or shows there why not.
func (c customer) send(given url.Values, show showing, do doing) (string, *endpoint.Rendered, error) {
	desk, err := endpoint.Look(c.Call, command.ShowDesk(c.Customer.Workspace))
	if err != nil {
		return "", nil, err
	}
	if desk.Now.Before(c.Opened().ExpiresAt) {
		err = do(c, given)
	}
	if err == nil {
		return c.name + "?done=" + url.QueryEscape(given.Get("do")+"ok"), nil, nil
	}
	if _, refused := endpoint.Refused(err); !refused {
		return "", nil, err
	}
	page, err := c.page(show, err, given)
	return "", &page, err
}

// folio begins a page of the customer.
func (c customer) folio(by seller.Profile) folio {
	s := newSheet(c.Call, by)
	s.Test = c.Ledger.Mode == eventstore.ModeSandbox
	f := folio{sheet: s, Page: c.name, Workspace: c.Customer.Workspace}
	for _, entry := range []struct{ name, label string }{
		{"home", "Overview"}, {"upgrade", "Plans"}, {"seats", "Seats"}, {"invoices", "Invoices"}, {"payment-methods", "Payment methods"},
		{"billing-details", "Billing details"},
	} {
		f.Nav = append(f.Nav, tab{Label: entry.label, Address: c.to(entry.name), Here: entry.name == c.name})
	}
	if c.ReturnURL != "" {
		f.Back = c.ReturnURL
	}
	return f
}

// to gives the address of another of the customer's pages.
func (c customer) to(name string) string { return c.LinkURL(CustomerPaths[name], c.Opened()) }

// await waits a moment for the gateway, where a change began a payment. It refuses with payment_declined where that ended the change.
func (c customer) await(payment string) error {
	if payment == "" {
		return nil
	}
	paid, ended, err := c.deadlines.Charge(context.WithoutCancel(c.Context()), c.Ledger, payment, true)
	if err != nil || !ended {
		return err
	}
	refused := &domain.Rejection{Kind: domain.KindDeclined, Code: "payment_declined", Message: "the payment was declined"}
	if why := declined(paid.Last().Failure); why != nil {
		refused.Message = why.Title + ". " + why.Text
	}
	return refused
}
