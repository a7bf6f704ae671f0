package api

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/projections"
)

// invoiceView is an invoice as clients see it.
type invoiceView struct {
	ID             string     `json:"id"`
	Number         *string    `json:"number" doc:"null until it is issued. Numbers have no hole."`
	Workspace      string     `json:"workspace"`
	Subscription   *string    `json:"subscription"`
	Reason         string     `json:"reason" enum:"create,change,renewal,manual"`
	Status         string     `json:"status" enum:"draft,open,finalized,voided" doc:"open waits for money before what it bills happens."`
	PaymentStatus  string     `json:"payment_status" doc:"not_required, pending, succeeded or uncollectible; others will come."`
	Currency       string     `json:"currency"`
	Lines          []lineView `json:"lines"`
	Subtotal       moneyView  `json:"subtotal"`
	Discount       moneyView  `json:"discount"`
	Tax            moneyView  `json:"tax"`
	Total          moneyView  `json:"total" doc:"subtotal − discount + tax."`
	CreditApplied  moneyView  `json:"credit_applied" doc:"Negative where a negative total became credit."`
	AmountDue      moneyView  `json:"amount_due" doc:"total − credit_applied."`
	AmountPaid     moneyView  `json:"amount_paid"`
	AmountCredited moneyView  `json:"amount_credited" doc:"By credit notes."`
	Period         periodView `json:"period"`
	IssuedAt       *time.Time `json:"issued_at"`
	DueAt          *time.Time `json:"due_at"`
	Overdue        bool       `json:"overdue"`
}

// recordPaymentBody is the body of POST /v1/invoices/{invoice}/record-payment.
type recordPaymentBody struct {
	Amount    moneyBody  `json:"amount"`
	Reference string     `json:"reference" maxLength:"500" example:"wire 4711" doc:"What the money can be found by."`
	PaidAt    *time.Time `json:"paid_at,omitempty" doc:"Now when it is not given; never in the future."`
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

type moneyBody struct {
	Amount   string `json:"amount" pattern:"^-?(0|[1-9][0-9]{0,17})([.][0-9]{1,4})?$" example:"12.30"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" example:"USD"`
}

// amount reads the field at pointer. It refuses in the command, as a rule does: the key speaks before it.
func (b moneyBody) amount(pointer string) (money.Amount, error) {
	amount, err := money.Parse(money.Currency(b.Currency), b.Amount)
	if err != nil {
		return amount, domain.InvalidField(pointer, "amount_invalid", "amount must be a number with at most the currency's digits")
	}
	return amount, nil
}

// optional is amount, or nil where none is given.
func (b *moneyBody) optional(pointer string) (*money.Amount, error) {
	if b == nil {
		return nil, nil
	}
	amount, err := b.amount(pointer)
	return &amount, err
}

// moneyView is an amount with all digits of its currency.
type moneyView struct {
	Amount   string `json:"amount" example:"12.30"`
	Currency string `json:"currency" example:"USD"`
}

// lineView is one line of an invoice, with all that explains it.
type lineView struct {
	Key         string     `json:"key" doc:"The same for the same thing billed again; no invoice has one twice."`
	Kind        string     `json:"kind" enum:"charge,seats,credit"`
	Description string     `json:"description"`
	Quantity    int64      `json:"quantity"`
	Amount      moneyView  `json:"amount" doc:"Before the discount and before exclusive tax."`
	Discount    moneyView  `json:"discount"`
	Tax         moneyView  `json:"tax"`
	Period      periodView `json:"period"`
	Ratio       *string    `json:"ratio" example:"20/31" doc:"The share of the full amount, null for all of it."`
	SourceLine  *string    `json:"source_line" doc:"The key of the line that a credit is of."`
}

// balanceView is how a workspace stands.
type balanceView struct {
	Currency   *string    `json:"currency" doc:"Of the latest invoice, or else of the first credit; everything is null where there was neither."`
	Credit     *moneyView `json:"credit" doc:"What its next invoices will use."`
	Receivable *moneyView `json:"receivable" doc:"What is to be paid of issued invoices."`
	Overdue    *moneyView `json:"overdue" doc:"Of that, what is late."`
}

func viewMoney(a money.Amount) moneyView {
	return moneyView{Amount: a.Plain(), Currency: string(a.Currency())}
}

func viewInvoice(s invoice.State, now time.Time) invoiceView {
	view := invoiceView{
		ID: s.ID, Number: given(s.Number), Workspace: s.Workspace, Subscription: s.Subscription, Reason: string(s.Reason),
		Status: string(s.Status), PaymentStatus: string(s.PaymentStatus), Currency: string(s.Bill.Currency),
		Lines: viewLines(s.Bill.Lines), Subtotal: viewMoney(s.Bill.Subtotal), Discount: viewMoney(s.Bill.Discount),
		Tax: viewMoney(s.Bill.Tax), Total: viewMoney(s.Bill.Total), CreditApplied: viewMoney(s.CreditApplied),
		AmountDue: viewMoney(s.AmountDue()), AmountPaid: viewMoney(s.AmountPaid), AmountCredited: viewMoney(s.Credited),
		Period: *viewPeriod(&s.Period), Overdue: s.Overdue(now),
	}
	if s.IssuedAt != nil {
		view.IssuedAt, view.DueAt = new(s.IssuedAt.UTC()), new(s.DueAt.UTC())
	}
	return view
}

func viewLines(lines []pricing.Line) []lineView {
	views := make([]lineView, len(lines))
	for i, line := range lines {
		views[i] = lineView{
			Key: line.Key, Kind: string(line.Kind), Description: line.Description, Quantity: line.Quantity,
			Amount: viewMoney(line.Amount), Discount: viewMoney(line.Discount), Tax: viewMoney(line.Tax),
			Period: *viewPeriod(&line.Period), SourceLine: line.SourceLine,
		}
		if line.Ratio != nil {
			views[i].Ratio = new(line.Ratio.String())
		}
	}
	return views
}

func getInvoice(ctx context.Context, tx pgx.Tx, c *call) (invoiceView, int64, error) {
	found, err := findInvoice(ctx, tx, c)
	if err != nil {
		return invoiceView{}, 0, err
	}
	return viewInvoice(found.State, c.now()), found.Version, nil
}

// findInvoice finds the one that the path names.
func findInvoice(ctx context.Context, tx pgx.Tx, c *call) (projections.Invoice, error) {
	found, ok, err := projections.FindInvoice(ctx, tx, c.ledger.ID, c.names[nameInvoice])
	if err == nil && !ok {
		err = domain.NotFound("invoice_not_found", "there is no such invoice")
	}
	return found, err
}

// listInvoices lists those of the path's workspace, or of the filter's.
func listInvoices(ctx context.Context, tx pgx.Tx, c *call) (list[invoiceView], int64, error) {
	after, err := c.place()
	if err != nil {
		return list[invoiceView]{}, 0, err
	}
	filter := projections.InvoiceFilter{
		Workspace: c.query.Get("workspace"), Status: c.query.Get("status"), PaymentStatus: c.query.Get("payment_status"), Now: c.now(),
	}
	if workspace := c.workspace(); workspace != "" {
		filter.Workspace = workspace
	}
	if overdue := c.query.Get("overdue"); overdue != "" {
		filter.Overdue = new(overdue == "true")
	}
	found, err := projections.ListInvoices(ctx, tx, c.ledger.ID, filter, after, c.limit()+1)
	if err != nil {
		return list[invoiceView]{}, 0, err
	}
	made := func(i projections.Invoice) string { return strconv.FormatInt(i.Made, 10) }
	view := func(i projections.Invoice) invoiceView { return viewInvoice(i.State, c.now()) }
	return pageOf(c.cursors(), found, c.limit(), made, view), unversioned, nil
}

func getBalance(ctx context.Context, tx pgx.Tx, c *call) (balanceView, int64, error) {
	found, ok, err := projections.FindBalance(ctx, tx, c.ledger.ID, c.workspace(), c.now())
	if err != nil || !ok {
		return balanceView{}, unversioned, err
	}
	return balanceView{
		Currency:   new(string(found.Credit.Currency())),
		Credit:     new(viewMoney(found.Credit)),
		Receivable: new(viewMoney(found.Receivable)),
		Overdue:    new(viewMoney(found.Overdue)),
	}, unversioned, nil
}
