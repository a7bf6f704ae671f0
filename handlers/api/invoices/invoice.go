package invoices

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// invoiceView shows an invoice.
type invoiceView struct {
	ID             string                   `json:"id"`
	Number         *string                  `json:"number" doc:"null until it is issued. The numbers of a series have no hole."`
	Workspace      string                   `json:"workspace"`
	Subscription   *string                  `json:"subscription"`
	Reason         invoice.Reason           `json:"reason"`
	Status         invoice.Status           `json:"status" doc:"open waits for money before what it bills happens."`
	PaymentStatus  invoice.PaymentStatus    `json:"payment_status" doc:"How far the gateway's payment is where money is expected and a gateway was asked."`
	Currency       string                   `json:"currency"`
	Lines          []view.Line              `json:"lines"`
	Subtotal       view.Money               `json:"subtotal"`
	Discount       view.Money               `json:"discount"`
	Tax            view.Money               `json:"tax"`
	Total          view.Money               `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied  view.Money               `json:"credit_applied" doc:"It rises as credit pays the invoice later. It is the total where that is negative."`
	AmountDue      view.Money               `json:"amount_due" doc:"total − credit_applied."`
	AmountPaid     view.Money               `json:"amount_paid"`
	AmountCredited view.Money               `json:"amount_credited" doc:"By credit notes."`
	Outstanding    view.Money               `json:"amount_outstanding" doc:"What is still to be paid."`
	WrittenOff     view.Money               `json:"amount_written_off" doc:"What was given up, and is neither paid nor taken back since."`
	SettledAgainst []settledView            `json:"settled_against" doc:"What a negative total lowered; the rest of it became credit."`
	Collection     *subscription.Collection `json:"collection" doc:"How its money comes; null in invoices of before this was kept."`
	Payment        *string                  `json:"payment" doc:"The latest that a gateway was asked for; null where none was."`
	Disputed       bool                     `json:"disputed" doc:"Whether a dispute of a payment for it is open."`
	Period         view.Period              `json:"period"`
	TimeZone       string                   `json:"time_zone" doc:"That its days are counted in."`
	Seller         *int64                   `json:"seller" doc:"The version of the seller's profile that it shows; null where there was none."`
	IssuedAt       *time.Time               `json:"issued_at"`
	DueAt          *time.Time               `json:"due_at" doc:"So many civil days of time_zone after the issue, at the same time of day there; null where nothing can be due."`
	Overdue        bool                     `json:"overdue" doc:"From the end of the due day in time_zone, while something is to be paid."`
}

// settledView tells by how much a document lowered what an invoice is owed.
type settledView struct {
	Invoice string     `json:"invoice"`
	Amount  view.Money `json:"amount"`
}

func settledOf(settled []invoice.Settled) []settledView {
	views := make([]settledView, len(settled))
	for i, s := range settled {
		views[i] = settledView{Invoice: s.Invoice, Amount: view.MoneyOf(s.Amount)}
	}
	return views
}

// recordPaymentBody is the body of POST /v1/invoices/{invoice}/record-payment.
type recordPaymentBody struct {
	Amount    view.MoneyBody `json:"amount"`
	Reference string         `json:"reference" maxLength:"500" example:"wire 4711" doc:"What the money can be found by."`
	PaidAt    *time.Time     `json:"paid_at,omitempty" doc:"Now when it is not given; never in the future."`
}

// reasonBody is the body of POST /v1/invoices/{invoice}/void and …/write-off.
type reasonBody struct {
	Reason *string `json:"reason,omitempty" maxLength:"500" default:"by hand"`
}

func (b reasonBody) reason() string {
	if b.Reason == nil {
		return "by hand"
	}
	return *b.Reason
}

func viewInvoice(s invoice.State, now time.Time) invoiceView {
	shown := invoiceView{
		ID: s.ID, Number: endpoint.OrNull(s.Number), Workspace: s.Workspace, Subscription: s.Subscription, Reason: s.Reason,
		Status: s.Status, PaymentStatus: s.Shown(), Currency: string(s.Bill.Currency),
		Lines: view.LinesOf(s.Bill.Lines), Subtotal: view.MoneyOf(s.Bill.Subtotal), Discount: view.MoneyOf(s.Bill.Discount),
		Tax: view.MoneyOf(s.Bill.Tax), Total: view.MoneyOf(s.Bill.Total), CreditApplied: view.MoneyOf(s.CreditApplied),
		AmountDue: view.MoneyOf(s.AmountDue()), AmountPaid: view.MoneyOf(s.AmountPaid), AmountCredited: view.MoneyOf(s.Credited),
		Outstanding: view.MoneyOf(s.Outstanding()), WrittenOff: view.MoneyOf(s.WrittenOff), SettledAgainst: settledOf(s.SettledAgainst),
		Collection: endpoint.OrNull(subscription.Collection(s.Collection)), Payment: endpoint.OrNull(s.Payment), Disputed: len(s.Disputes) > 0, Period: view.PeriodOf(s.Period), TimeZone: cmp.Or(s.TimeZone, period.TimeZoneDefault), Seller: s.Seller, Overdue: s.Overdue(now),
	}
	if s.IssuedAt != nil {
		shown.IssuedAt = new(s.IssuedAt.UTC())
	}
	if s.DueAt != nil {
		shown.DueAt = new(s.DueAt.UTC())
	}
	return shown
}

func viewResult(r command.Invoice) invoiceView { return viewInvoice(r.State, r.Now) }

func recordPayment(c *endpoint.Call, b recordPaymentBody) command.Command[command.Invoice] {
	amount, err := b.Amount.Read("/amount")
	if err != nil {
		return command.Refuse[command.Invoice](invoice.Stream(c.Name("invoice")), err)
	}
	return command.RecordPayment(c.Name("invoice"), invoice.RecordPayment{
		Payment: endpoint.NewID(), Amount: amount, Reference: b.Reference, PaidAt: b.PaidAt,
	})
}

func voidInvoice(c *endpoint.Call, b reasonBody) command.Command[command.Invoice] {
	return command.VoidInvoice(c.Name("invoice"), b.reason())
}

func writeOff(c *endpoint.Call, b reasonBody) command.Command[command.Invoice] {
	return command.WriteOff(c.Name("invoice"), invoice.WriteOff{Reason: b.reason()})
}

func getInvoice(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (invoiceView, error) {
	found, err := findInvoice(ctx, tx, c)
	if err != nil {
		return invoiceView{}, err
	}
	return viewInvoice(found.State, c.Now()), nil
}

func getInvoiceByNumber(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (invoiceView, error) {
	found, ok, err := projections.FindInvoiceByNumber(ctx, tx, c.Ledger.ID, c.Name("number"))
	if err == nil && !ok {
		err = domain.NotFound("invoice_not_found", "no invoice has this number")
	}
	if err != nil {
		return invoiceView{}, err
	}
	c.SetVersion(found.Version)
	return viewInvoice(found.State, c.Now()), nil
}

// findInvoice finds the invoice that the path names, and gives the answer its version.
func findInvoice(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.Invoice, error) {
	found, ok, err := projections.FindInvoice(ctx, tx, c.Ledger.ID, c.Name("invoice"))
	if err == nil && !ok {
		err = domain.NotFound("invoice_not_found", "there is no such invoice")
	}
	c.SetVersion(found.Version)
	return found, err
}

// listInvoices lists the invoices of the path's workspace, or of the filter's.
func listInvoices(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[invoiceView], error) {
	filter := projections.InvoiceFilter{
		Workspace: c.Parameter("workspace"), Status: c.Parameter("status"), PaymentStatus: c.Parameter("payment_status"), Now: c.Now(),
	}
	if workspace := c.Workspace(); workspace != "" {
		filter.Workspace = workspace
	}
	if overdue := c.Parameter("overdue"); overdue != "" {
		filter.Overdue = new(overdue == "true")
	}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.Invoice, error) {
		return projections.ListInvoices(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(i projections.Invoice) int64 { return i.Made }, func(i projections.Invoice) invoiceView { return viewInvoice(i.State, c.Now()) })
}
