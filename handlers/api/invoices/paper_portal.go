package invoices

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
	"github.com/tallystick/tallystick/projections"
)

// PDFOfWorkspace prints the path's invoice, where it is one of the call's workspace.
func PDFOfWorkspace(c *endpoint.Call, header http.Header) ([]byte, error) {
	sheet, err := endpoint.Read(c, projections.Invoices, func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (paper.Sheet, error) {
		found, err := findInvoice(ctx, tx, c)
		if err == nil && found.State.Workspace != c.Workspace() {
			err = domain.NotFound("invoice_not_found", "there is no such invoice")
		}
		if err != nil {
			return paper.Sheet{}, err
		}
		return readInvoicePaper(ctx, tx, c)
	})
	if err != nil {
		return nil, err
	}
	return printPDF(sheet, header)
}

// NotePDFOfWorkspace prints the path's credit note, where it is one of the call's workspace.
func NotePDFOfWorkspace(c *endpoint.Call, header http.Header) ([]byte, error) {
	sheet, err := endpoint.Read(c, projections.Invoices, func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (paper.Sheet, error) {
		found, err := findCreditNote(ctx, tx, c)
		if err == nil {
			billed, ok, failed := projections.FindInvoice(ctx, tx, c.Ledger.ID, found.Note.ID)
			if err = failed; err == nil && (!ok || billed.State.Workspace != c.Workspace()) {
				err = domain.NotFound("credit_note_not_found", "there is no such credit note")
			}
		}
		if err != nil {
			return paper.Sheet{}, err
		}
		return readCreditNotePaper(ctx, tx, c)
	})
	if err != nil {
		return nil, err
	}
	return printPDF(sheet, header)
}
