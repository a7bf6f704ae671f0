package portal

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

// documentsMax bounds the documents that a page lists, the newest first.
const documentsMax = 1_000

// day writes a date in the subscription's time zone.
func day(t time.Time, d command.Desk) string { return paper.Day(t, zoneOf(d.State.TimeZone)) }

// documents holds a workspace's invoices and credit notes.
type documents struct {
	Invoices []projections.Invoice
	Notes    []projections.CreditNote
}

func showInvoices(c customer, _ command.Desk, f *folio) error {
	f.Title = "Invoices"
	found, err := endpoint.Read(c.Call, projections.Invoices, func(ctx context.Context, tx pgx.Tx, call *endpoint.Call) (all documents, err error) {
		filter := projections.InvoiceFilter{Workspace: c.Customer.Workspace, Now: call.Now()}
		if all.Invoices, err = projections.ListInvoices(ctx, tx, call.Ledger.ID, filter, 0, documentsMax); err != nil {
			return all, err
		}
		all.Notes, err = projections.ListCreditNotes(ctx, tx, call.Ledger.ID, projections.CreditNoteFilter{Workspace: c.Customer.Workspace}, 0, documentsMax)
		return all, err
	})
	if err != nil {
		return err
	}
	issued, notes := block{Title: "Invoices"}, block{Title: "Credit notes"}
	for _, i := range slices.Backward(found.Invoices) {
		if i.State.Status == invoice.StatusFinalized {
			issued.Rows = append(issued.Rows, invoiceRow(c, i.State))
		}
	}
	for _, n := range slices.Backward(found.Notes) {
		notes.Rows = append(notes.Rows, row{
			Name: n.Note.Number, Detail: paper.Day(n.Note.IssuedAt, time.UTC), Side: paper.Price(n.Note.Total),
			Links: []link{{Label: "PDF", About: "of " + n.Note.Number, Address: strings.ReplaceAll(c.LinkURL("/portal/{link}/credit-notes/NOTE/pdf", c.Opened()), "NOTE", n.Note.CreditNote), Quiet: true}},
		})
	}
	if len(issued.Rows) == 0 {
		issued.Text = []string{"There are no invoices yet."}
	}
	f.Blocks = append(f.Blocks, issued)
	if len(notes.Rows) > 0 {
		f.Blocks = append(f.Blocks, notes)
	}
	return nil
}

func invoiceRow(c customer, s invoice.State) row {
	r := row{Name: s.Number, Side: paper.Price(s.Bill.Total)}
	if s.IssuedAt != nil {
		r.Detail = paper.Day(*s.IssuedAt, zoneOf(s.TimeZone))
	}
	switch {
	case s.Outstanding().Sign() > 0:
		r.Mark = paper.Price(s.Outstanding()) + " to pay"
	case s.PaymentStatus == invoice.PaymentUncollectible:
		r.Mark = "Written off"
	default:
		r.Mark = "Paid"
	}
	address := strings.ReplaceAll(c.LinkURL("/portal/{link}/invoices/INVOICE/pdf", c.Opened()), "INVOICE", s.ID)
	r.Links = []link{{Label: "PDF", About: "of " + s.Number, Address: address, Quiet: true}}
	return r
}

func showMethods(c customer, d command.Desk, f *folio) error {
	f.Title = "Payment methods"
	b := block{Title: "Payment methods"}
	for _, m := range d.Methods.Methods {
		r := row{Name: methodName(m.Brand, m.Last4)}
		if m.ExpYear > 0 {
			r.Detail = "until " + time.Date(m.ExpYear, time.Month(m.ExpMonth), 1, 0, 0, 0, 0, time.UTC).Format("January 2006")
		}
		hidden := []fact{{"payment_method", m.ID}}
		if m.ID == d.Methods.Default {
			r.Mark = "Default"
		} else {
			r.Forms = append(r.Forms, form{Key: endpoint.NewID(), Hidden: hidden, Buttons: []button{{Name: "do", Value: "default", Label: "Make default", About: r.Name, Quiet: true}}})
		}
		r.Forms = append(r.Forms, form{Key: endpoint.NewID(), Hidden: hidden, Buttons: []button{{Name: "do", Value: "remove", Label: "Remove", About: r.Name, Quiet: true}}})
		b.Rows = append(b.Rows, r)
	}
	if len(b.Rows) == 0 {
		b.Text = []string{"There is none yet."}
	}
	f.Blocks = append(f.Blocks, b, addMethod(c))
	return nil
}

// addMethod lets the person add a payment method, where the ledger takes money on a page of its gateway's.
func addMethod(c customer) block {
	b := block{Title: "Add a payment method"}
	page, err := CheckoutSetup(c.Call, c.gateways, Setup{ID: endpoint.NewID(), Workspace: c.Customer.Workspace}, c.to("payment-methods"))
	switch {
	case err != nil:
		b.Text = []string{"No payment method can be added here at the moment."}
	case page != nil:
		b.Text = []string{"You give its details on the page of the one who collects the money."}
		b.Links = []link{{Label: "Add a payment method", Address: page.URL}}
	default:
		b.Form = &form{
			Key: endpoint.NewID(), Fields: []field{tokenField(nil)}, Checks: []check{{Name: "default", Label: "Pay all later invoices by it"}},
			Buttons: []button{{Name: "do", Value: "add", Label: "Add the payment method"}},
		}
	}
	return b
}

func doMethods(c customer, given url.Values) error {
	workspace, method := c.Customer.Workspace, given.Get("payment_method")
	var plan command.Command[command.PaymentMethod]
	switch given.Get("do") {
	case "default":
		plan = command.SetDefaultPaymentMethod(workspace, method)
	case "remove":
		plan = command.RemovePaymentMethod(workspace, method)
	default:
		described, err := c.attach(c.Call, workspace, given.Get("token"))
		if err != nil {
			return err
		}
		plan = command.AddPaymentMethod(workspace, paymentmethod.Add{ID: endpoint.NewID(), Description: described, Default: given.Get("default") != ""})
	}
	_, err := endpoint.Do(c.Call, given, plan)
	return err
}

func showDetails(c customer, _ command.Desk, f *folio) error {
	f.Title = "Billing details"
	stream := details.BillingStream(c.Customer.Workspace)
	found, err := endpoint.Read(c.Call, projections.Seats, func(ctx context.Context, tx pgx.Tx, call *endpoint.Call) (projections.Details, error) {
		found, _, err := projections.FindDetails(ctx, tx, call.Ledger.ID, stream)
		return found, err
	})
	if err != nil {
		return err
	}
	f.Blocks = append(f.Blocks, block{Title: "Billing details", Text: []string{"They stand on your next invoices."}, Form: &form{
		Key: endpoint.NewID(),
		Fields: []field{
			{Name: "name", Label: "Name", Value: found.Name, Optional: true, Complete: "organization"},
			{Name: "email", Label: "Email", Value: found.Email, Kind: "email", Optional: true, Complete: "email"},
			{Name: "address", Label: "Address", Value: found.Address, Lines: true, Optional: true, Complete: "street-address"},
			{Name: "tax_id", Label: "Tax ID", Value: found.TaxID, Optional: true, Complete: "off"},
			{Name: "country", Label: "Country", Hint: "Two letters, such as DE.", Value: found.Country, Optional: true, Complete: "country"},
		},
		Buttons: []button{{Name: "do", Value: "save", Label: "Save"}},
	}})
	return nil
}

func doDetails(c customer, given url.Values) error {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(given.Get(name), "\r\n", "\n")) }
	_, err := endpoint.Do(c.Call, given, command.SetDetails(details.BillingStream(c.Customer.Workspace), details.Details{
		Name: text("name"), Email: text("email"), Address: text("address"), TaxID: text("tax_id"), Country: text("country"),
	}))
	return err
}
