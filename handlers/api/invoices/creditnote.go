package invoices

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// creditNoteBody is the body of POST /v1/invoices/{invoice}/credit-notes.
type creditNoteBody struct {
	Amount *view.MoneyBody  `json:"amount,omitempty" doc:"With tax, spread over the charges by what is left of each."`
	Lines  []creditLineBody `json:"lines,omitempty" doc:"Instead of an amount."`
	Reason string           `json:"reason" maxLength:"500" example:"two days of outage"`
	Refund bool             `json:"refund,omitempty" doc:"Whether what was paid goes back; else it becomes credit."`
}

type creditLineBody struct {
	Key    string          `json:"key" doc:"Of a charge of the invoice."`
	Amount *view.MoneyBody `json:"amount,omitempty" doc:"Before exclusive tax; all that is left of the line when it is not given."`
}

// creditNoteView shows a credit note.
type creditNoteView struct {
	ID        string             `json:"id"`
	Number    string             `json:"number" doc:"The numbers of a series have no hole."`
	Invoice   string             `json:"invoice"`
	Workspace string             `json:"workspace"`
	Reason    string             `json:"reason"`
	Currency  string             `json:"currency"`
	Lines     []creditedLineView `json:"lines"`
	Tax       view.Money         `json:"tax"`
	Total     view.Money         `json:"total" doc:"reduced + credit + refund."`
	Reduced   view.Money         `json:"reduced" doc:"What it took off what was owed."`
	Credit    view.Money         `json:"credit" doc:"What became the workspace's credit."`
	Refund    view.Money         `json:"refund" doc:"What is to be paid back."`
	Settled   []settledView      `json:"settled_against" doc:"What reduced was taken off: its own invoice first, then those that this one's credit lines are of."`
	Seller    *int64             `json:"seller" doc:"The version of the seller's profile that it shows; null where there was none."`
	IssuedAt  time.Time          `json:"issued_at"`
}

type creditedLineView struct {
	Key     string     `json:"key"`
	Invoice string     `json:"invoice" doc:"The invoice that billed the line: the credit note's own, or a later one by which more seats made the plan cheaper."`
	Amount  view.Money `json:"amount" doc:"Before exclusive tax; negative where more seats made the plan cheaper."`
	Tax     view.Money `json:"tax"`
}

func viewCreditNote(workspace string, n invoice.Credited) creditNoteView {
	shown := creditNoteView{
		ID: n.CreditNote, Number: n.Number, Invoice: n.ID, Workspace: workspace, Reason: n.Reason,
		Currency: string(n.Total.Currency()), Lines: make([]creditedLineView, len(n.Lines)), Tax: view.MoneyOf(n.Tax),
		Total: view.MoneyOf(n.Total), Reduced: view.MoneyOf(n.Reduced), Credit: view.MoneyOf(n.Credit), Refund: view.MoneyOf(n.Refund),
		Seller: n.Seller, Settled: settledOf(n.Settled()), IssuedAt: n.IssuedAt.UTC(),
	}
	for i, line := range n.Lines {
		shown.Lines[i] = creditedLineView{Key: line.Key, Invoice: cmp.Or(line.Invoice, n.ID), Amount: view.MoneyOf(line.Amount), Tax: view.MoneyOf(line.Tax)}
	}
	return shown
}

// issueCreditNote reads the amounts. The command refuses what is no amount.
func issueCreditNote(c *endpoint.Call, b creditNoteBody) command.Command[command.CreditNote] {
	id := c.Name("invoice")
	note := invoice.Credit{CreditNote: endpoint.NewID(), Reason: b.Reason, Refund: b.Refund}
	var err error
	if note.Amount, err = b.Amount.ReadOptional("/amount"); err != nil {
		return command.Refuse[command.CreditNote](invoice.Stream(id), err)
	}
	for i, line := range b.Lines {
		amount, err := line.Amount.ReadOptional(domain.Pointer("lines", i, "amount"))
		if err != nil {
			return command.Refuse[command.CreditNote](invoice.Stream(id), err)
		}
		note.Lines = append(note.Lines, invoice.CreditLine{Key: line.Key, Amount: amount})
	}
	return command.IssueCreditNote(id, note)
}

func viewIssued(n command.CreditNote) creditNoteView { return viewCreditNote(n.Workspace, n.Note) }

func viewFoundNote(n projections.CreditNote) creditNoteView {
	return viewCreditNote(n.Workspace, n.Note)
}

func getCreditNote(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (creditNoteView, error) {
	found, err := findCreditNote(ctx, tx, c)
	if err != nil {
		return creditNoteView{}, err
	}
	return viewFoundNote(found), nil
}

// findCreditNote finds the credit note that the path names.
func findCreditNote(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.CreditNote, error) {
	found, ok, err := projections.FindCreditNote(ctx, tx, c.Ledger.ID, c.Name("credit_note"))
	if err == nil && !ok {
		err = domain.NotFound("credit_note_not_found", "there is no such credit note")
	}
	return found, err
}

func listCreditNotes(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[creditNoteView], error) {
	filter := projections.CreditNoteFilter{Workspace: c.Parameter("workspace"), Invoice: c.Parameter("invoice")}
	return endpoint.Page(c, func(after int64, limit int) ([]projections.CreditNote, error) {
		return projections.ListCreditNotes(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(n projections.CreditNote) int64 { return n.Issued }, viewFoundNote)
}
