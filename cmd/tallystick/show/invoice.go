package show

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/projections"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type showInvoice struct {
	invoiceArgument
	showing
}

// Help shows an example.
func (showInvoice) Help() string {
	return "Examples:\n\n    tallystick show invoice INV-000001\n    tallystick show invoice INV-000001 | jq .invoice.lines"
}

// invoiceShown has the API's view of an invoice, and what goes with it.
type invoiceShown struct {
	Invoice     *client.Invoice     `json:"invoice"`
	Seller      *partyShown         `json:"seller"`
	Customer    *partyShown         `json:"customer"`
	Payments    []paymentShown      `json:"payments"`
	CreditNotes []client.CreditNote `json:"credit_notes"`
}

// partyShown has what an invoice says of the seller or the customer.
type partyShown struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Country string `json:"country"`
	TaxID   string `json:"tax_id"`
	Email   string `json:"email"`
}

func (p *partyShown) String() string {
	if p == nil {
		return ""
	}
	var parts []string
	for _, part := range []string{p.Name, p.Address, p.Country, p.TaxID, p.Email} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

type paymentShown struct {
	Amount    client.Money `json:"amount"`
	Reference string       `json:"reference"`
	PaidAt    time.Time    `json:"paid_at"`
}

// Run shows the invoice.
func (s showInvoice) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withDesk(ctx, c, std, s.showing, func(d *desk) error {
		shown, err := d.invoice(ctx, s.Name)
		if err != nil {
			return err
		}
		if s.asJSON(std) {
			return house.PrintJSON(std, shown)
		}
		return printInvoice(std, shown)
	})
}

// invoice finds an invoice by its number or else its id, and what goes with it.
func (d *desk) invoice(ctx context.Context, name string) (invoiceShown, error) {
	found, err := d.findInvoice(ctx, name)
	if err != nil {
		return invoiceShown{}, err
	}
	shown := invoiceShown{Invoice: found}
	shown.CreditNotes, err = all(func(cursor string) ([]client.CreditNote, client.Page, error) {
		page, err := d.ListCreditNotes(ctx, nil, with("invoice", found.ID, "limit", pageMost, "cursor", cursor))
		if err != nil {
			return nil, client.Page{}, err
		}
		return page.JSON.Data, page.JSON.Page, nil
	})
	if err != nil {
		return shown, err
	}
	_, err = d.Engine.Read(ctx, projections.Invoices.Name, d.ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		return d.beside(ctx, tx, &shown)
	})
	return shown, err
}

func (d *desk) findInvoice(ctx context.Context, name string) (*client.Invoice, error) {
	numbered, err := d.GetInvoiceByNumber(ctx, name, nil)
	if err == nil {
		return numbered.JSON, nil
	}
	if client.Code(err) != "invoice_not_found" {
		return nil, err
	}
	found, err := d.GetInvoice(ctx, name, nil)
	if client.Code(err) == "invoice_not_found" {
		return nil, fmt.Errorf("ledger %s has no invoice with the number or id %s", d.ledger.Name, name)
	}
	if err != nil {
		return nil, err
	}
	return found.JSON, nil
}

// beside finds the parties, as they were when the invoice was issued, and the payments.
func (d *desk) beside(ctx context.Context, tx pgx.Tx, shown *invoiceShown) error {
	i, ledger := shown.Invoice, d.ledger.ID
	seller, ok, err := projections.FindSeller(ctx, tx, ledger, i.Seller)
	if err != nil {
		return err
	}
	if ok {
		shown.Seller = &partyShown{Name: seller.LegalName, Address: seller.Address, Country: seller.Country, TaxID: seller.TaxID, Email: seller.Email}
	}
	var customer projections.Details
	if ok = false; i.IssuedAt != nil {
		customer, ok, err = projections.FindBillingDetails(ctx, tx, ledger, i.Workspace, *i.IssuedAt)
	}
	if err == nil && !ok {
		customer, ok, err = projections.FindDetails(ctx, tx, ledger, details.BillingStream(i.Workspace))
	}
	if err != nil {
		return err
	}
	if ok {
		if err := d.Record(ctx, d.ledger, "show invoice "+i.ID, 0, 0); err != nil {
			return err
		}
		shown.Customer = &partyShown{Name: customer.Name, Address: customer.Address, Country: customer.Country, TaxID: customer.TaxID, Email: customer.Email}
	}
	found, _, err := projections.FindInvoice(ctx, tx, ledger, i.ID)
	if err != nil {
		return err
	}
	payments, err := projections.ListPayments(ctx, tx, ledger, i.ID, found.Version)
	shown.Payments = make([]paymentShown, len(payments))
	for n, p := range payments {
		shown.Payments[n] = viewPayment(p)
	}
	return err
}

func viewPayment(p invoice.PaymentRecorded) paymentShown {
	return paymentShown{
		Amount:    client.Money{Amount: p.Amount.Plain(), Currency: string(p.Amount.Currency())},
		Reference: p.Reference, PaidAt: p.PaidAt.UTC(),
	}
}

func printInvoice(std house.Streams, shown invoiceShown) error {
	s, i := newSheet(std), shown.Invoice
	s.field("invoice", i.ID)
	s.field("number", printOf(i.Number))
	s.field("seller", shown.Seller.String())
	s.field("customer", shown.Customer.String())
	s.field("workspace", i.Workspace)
	s.field("status", fmt.Sprintf("%s, %s", i.Status, i.PaymentStatus))
	s.field("issued", printAt(i.IssuedAt))
	s.field("due", printAt(i.DueAt))
	listing(s, "LINES", "QUANTITY\tWHAT\tFROM\tTO\tDISCOUNT\tTAX\tAMOUNT", i.Lines, func(l client.Line) []string {
		return []string{
			fmt.Sprint(l.Quantity), l.Description, house.PrintTime(&l.Period.Start), house.PrintTime(&l.Period.End),
			l.Discount.Amount, l.Tax.Amount, printMoney(l.Amount),
		}
	})
	fmt.Fprintln(s)
	for _, sum := range []struct {
		name   string
		amount client.Money
		always bool
	}{
		{"subtotal", i.Subtotal, true}, {"discount", i.Discount, false}, {"tax", i.Tax, false}, {"total", i.Total, true},
		{"credit applied", i.CreditApplied, false}, {"paid", i.AmountPaid, false}, {"credited", i.AmountCredited, false},
		{"written off", i.AmountWrittenOff, false}, {"outstanding", i.AmountOutstanding, true},
	} {
		if sum.always || strings.Trim(sum.amount.Amount, "0.") != "" {
			s.field(sum.name, printMoney(sum.amount))
		}
	}
	listing(s, "PAYMENTS", "PAID\tREFERENCE\tAMOUNT", shown.Payments, func(p paymentShown) []string {
		return []string{house.PrintTime(&p.PaidAt), p.Reference, printMoney(p.Amount)}
	})
	listing(s, "CREDIT NOTES", "NUMBER\tISSUED\tREASON\tTOTAL\tREDUCED\tCREDIT\tREFUND", shown.CreditNotes, func(n client.CreditNote) []string {
		return []string{n.Number, house.PrintTime(&n.IssuedAt), n.Reason, printMoney(n.Total), n.Reduced.Amount, n.Credit.Amount, n.Refund.Amount}
	})
	return s.Flush()
}
