package api

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// creditNoteBody is the body of POST /v1/invoices/{invoice}/credit-notes.
type creditNoteBody struct {
	Amount *moneyBody       `json:"amount,omitempty" doc:"With tax, spread over the charges by what is left of each."`
	Lines  []creditLineBody `json:"lines,omitempty" doc:"Instead of an amount."`
	Reason string           `json:"reason" maxLength:"500" example:"two days of outage"`
	Refund bool             `json:"refund,omitempty" doc:"Whether what was paid goes back; else it becomes credit."`
}

type creditLineBody struct {
	Key    string     `json:"key" doc:"Of a charge of the invoice."`
	Amount *moneyBody `json:"amount,omitempty" doc:"Before exclusive tax; all that is left of the line when it is not given."`
}

// creditNoteView is a credit note as clients see it.
type creditNoteView struct {
	ID        string             `json:"id"`
	Number    string             `json:"number" doc:"Numbers have no hole."`
	Invoice   string             `json:"invoice"`
	Workspace string             `json:"workspace"`
	Reason    string             `json:"reason"`
	Currency  string             `json:"currency"`
	Lines     []creditedLineView `json:"lines"`
	Tax       moneyView          `json:"tax"`
	Total     moneyView          `json:"total" doc:"reduced + credit + refund."`
	Reduced   moneyView          `json:"reduced" doc:"What it took off what was to be paid."`
	Credit    moneyView          `json:"credit" doc:"What became the workspace's credit."`
	Refund    moneyView          `json:"refund" doc:"What is to be paid back."`
	IssuedAt  time.Time          `json:"issued_at"`
}

type creditedLineView struct {
	Key    string    `json:"key"`
	Amount moneyView `json:"amount" doc:"Before exclusive tax."`
	Tax    moneyView `json:"tax"`
}

func viewCreditNote(workspace string, n invoice.Credited) creditNoteView {
	view := creditNoteView{
		ID: n.CreditNote, Number: n.Number, Invoice: n.ID, Workspace: workspace, Reason: n.Reason,
		Currency: string(n.Total.Currency()), Lines: make([]creditedLineView, len(n.Lines)), Tax: viewMoney(n.Tax),
		Total: viewMoney(n.Total), Reduced: viewMoney(n.Reduced), Credit: viewMoney(n.Credit), Refund: viewMoney(n.Refund),
		IssuedAt: n.IssuedAt.UTC(),
	}
	for i, line := range n.Lines {
		view.Lines[i] = creditedLineView{Key: line.Key, Amount: viewMoney(line.Amount), Tax: viewMoney(line.Tax)}
	}
	return view
}

// issueCreditNote reads the amounts, which the command refuses where they are none.
func issueCreditNote(c *call, b creditNoteBody) command.Command[command.CreditNote] {
	id := c.names[nameInvoice]
	note := invoice.Credit{CreditNote: newID(), Reason: b.Reason, Refund: b.Refund}
	var err error
	if note.Amount, err = b.Amount.optional("/amount"); err != nil {
		return command.Refuse[command.CreditNote](invoice.Stream(id), err)
	}
	for i, line := range b.Lines {
		amount, err := line.Amount.optional(domain.Pointer("lines", i, "amount"))
		if err != nil {
			return command.Refuse[command.CreditNote](invoice.Stream(id), err)
		}
		note.Lines = append(note.Lines, invoice.CreditLine{Key: line.Key, Amount: amount})
	}
	return command.IssueCreditNote(id, note)
}

func getCreditNote(ctx context.Context, tx pgx.Tx, c *call) (creditNoteView, int64, error) {
	found, ok, err := projections.FindCreditNote(ctx, tx, c.ledger.ID, c.names[nameCreditNote])
	if err == nil && !ok {
		err = domain.NotFound("credit_note_not_found", "there is no such credit note")
	}
	if err != nil {
		return creditNoteView{}, 0, err
	}
	return viewCreditNote(found.Workspace, found.Note), unversioned, nil
}

func listCreditNotes(ctx context.Context, tx pgx.Tx, c *call) (list[creditNoteView], int64, error) {
	after, err := c.place()
	if err != nil {
		return list[creditNoteView]{}, 0, err
	}
	filter := projections.CreditNoteFilter{Workspace: c.query.Get("workspace"), Invoice: c.query.Get("invoice")}
	found, err := projections.ListCreditNotes(ctx, tx, c.ledger.ID, filter, after, c.limit()+1)
	if err != nil {
		return list[creditNoteView]{}, 0, err
	}
	issued := func(n projections.CreditNote) string { return strconv.FormatInt(n.Issued, 10) }
	view := func(n projections.CreditNote) creditNoteView { return viewCreditNote(n.Workspace, n.Note) }
	return pageOf(c.cursors(), found, c.limit(), issued, view), unversioned, nil
}
