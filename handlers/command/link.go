package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/eventstore"
)

// linkDays bounds the days for which a link opens a document by default.
const linkDays = 30

// LinkInvoice tells until when a link to an invoice, or to a credit note on it, opens the document, by default for 30 days. It
// writes nothing. It refuses with invoice_not_found or expires_at_invalid.
func LinkInvoice(id string, expires *time.Time) Command[time.Time] {
	stream := invoice.Stream(id)
	return Command[time.Time]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (time.Time, error) {
			if eventstore.StateOf[invoice.State](d, stream).ID == "" {
				return time.Time{}, domain.NotFound("invoice_not_found", "there is no such invoice")
			}
			until := domain.Or(expires, d.Now().AddDate(0, 0, linkDays))
			if !until.After(d.Now()) {
				return until, domain.InvalidField("/expires_at", "expires_at_invalid", "expires_at must be in the future")
			}
			return until, nil
		},
	}
}
