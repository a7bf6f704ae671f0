package finance

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// kindDocument keeps the state of an invoice for its register.
const kindDocument = "document"

// registers add rows about documents, as each event leaves them.
type registers struct {
	kept     *shelf
	settings journal.Settings
	batch    *pgx.Batch
	reverses bool // money is taken away in the group of the event
}

// follow adds what one event changes.
func (r *registers) follow(e eventstore.Event) error {
	switch e.Stream.Type() {
	case subscription.Type.Name:
		return r.subscription(e)
	case payment.Type.Name:
		return r.payment(e)
	case refund.Type.Name:
		return r.refund(e, r.reverses)
	case account.Type.Name:
		if gone, is := e.Fact.(account.MoneyReversed); is && !r.reverses {
			return r.moneyReversed(e, gone)
		}
		return nil
	case invoice.Type.Name:
	default:
		return nil
	}
	id := e.Stream.Entity()
	found, err := find[invoice.State](r.kept, kindDocument, id)
	if err != nil {
		return err
	}
	var before invoice.State
	if found != nil {
		before = *found
	}
	s := invoice.Evolve(before, e.Fact)
	if err := r.kept.put(kindDocument, id, &s); err != nil {
		return err
	}
	if s.IssuedAt != nil {
		r.invoice(e, s)
	}
	switch fact := e.Fact.(type) {
	case invoice.PaymentRecorded:
		return r.received(e, s.Workspace, fact)
	case invoice.Finalized:
		r.taxOfBill(e, s, *s.IssuedAt, false)
	case invoice.Voided:
		if before.Status == invoice.StatusFinalized {
			r.taxOfBill(e, s, fact.VoidedAt, true)
		}
	case invoice.Credited:
		r.note(e, s, fact)
		return r.taxOfNote(e, s, fact)
	}
	return nil
}

func (r *registers) day(t time.Time) time.Time { return r.settings.Day(t).Time() }

func (r *registers) invoice(e eventstore.Event, s invoice.State) {
	var due *time.Time
	if s.DueAt != nil {
		due = new(r.day(*s.DueAt))
	}
	r.batch.Queue(`
		INSERT INTO invoice_versions (ledger_id, position, invoice, number, workspace, reason, issued_on, due_on, currency, subtotal, discount, tax, total,
		                              credit_applied, paid, credited, written_off, outstanding, status, payment_status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::numeric, $11::text::numeric, $12::text::numeric, $13::text::numeric, $14::text::numeric,
		        $15::text::numeric, $16::text::numeric, $17::text::numeric, $18::text::numeric, $19, $20)`,
		[16]byte(r.kept.ledger), e.Position, s.ID, s.Number, s.Workspace, string(s.Reason), r.day(*s.IssuedAt), due, string(s.Bill.Currency),
		s.Bill.Subtotal.Plain(), s.Bill.Discount.Plain(), s.Bill.Tax.Plain(), s.Bill.Total.Plain(), s.CreditApplied.Plain(), s.AmountPaid.Plain(),
		s.Credited.Plain(), s.WrittenOff.Plain(), s.Outstanding().Plain(), string(s.Status), string(s.Shown()))
}

func (r *registers) note(e eventstore.Event, s invoice.State, note invoice.Credited) {
	r.batch.Queue(`
		INSERT INTO note_rows (ledger_id, position, credit_note, number, invoice, invoice_number, workspace, issued_on, currency, tax, total, set_off, to_credit,
		                       refunded, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::numeric, $11::text::numeric, $12::text::numeric, $13::text::numeric, $14::text::numeric, $15)`,
		[16]byte(r.kept.ledger), e.Position, note.CreditNote, note.Number, s.ID, s.Number, s.Workspace, r.day(note.IssuedAt), string(s.Bill.Currency),
		note.Tax.Plain(), note.Total.Plain(), note.Reduced.Plain(), note.Credit.Plain(), note.Refund.Plain(), note.Reason)
}

// taxOfBill adds the tax of lines. Credit lines, and all lines of an invoice that is void, take it back.
func (r *registers) taxOfBill(e eventstore.Event, s invoice.State, at time.Time, void bool) {
	for i, line := range s.Bill.Lines {
		taxable, tax, back := line.Net(), line.Tax, void
		if line.Kind == pricing.LineKindCredit {
			taxable, tax, back = taxable.Neg(), tax.Neg(), !void
		}
		r.tax(e, i, s, line, at, taxable, tax, back)
	}
}

// taxOfNote adds the tax that a credit note takes back, by the rates of the lines.
func (r *registers) taxOfNote(e eventstore.Event, s invoice.State, note invoice.Credited) error {
	for i, part := range note.Lines {
		of := &s
		if part.Invoice != "" {
			found, err := find[invoice.State](r.kept, kindDocument, part.Invoice)
			if err != nil {
				return err
			}
			if found != nil {
				of = found
			}
		}
		line := pricing.Line{}
		for _, l := range of.Bill.Lines {
			if l.Key == part.Key {
				line = l
			}
		}
		taxable := part.Amount
		if line.TaxBehavior == pricing.TaxBehaviorInclusive {
			taxable = taxable.Minus(part.Tax)
		}
		r.tax(e, i, *of, line, note.IssuedAt, taxable, part.Tax, true)
	}
	return nil
}

func (r *registers) tax(e eventstore.Event, n int, of invoice.State, line pricing.Line, at time.Time, taxable, tax money.Amount, back bool) {
	none := money.Zero(taxable.Currency())
	amounts := []money.Amount{taxable, tax, none, none}
	if back {
		amounts = []money.Amount{none, none, taxable, tax}
	}
	treatment, rate := string(line.TaxTreatment), line.TaxRate
	if treatment == "" {
		treatment = string(pricing.TaxStandard)
	}
	if rate == "" {
		rate = "0"
	}
	r.batch.Queue(`
		INSERT INTO tax_rows (ledger_id, position, n, dated, treatment, tax_rate, currency, taxable, tax, credited_taxable, credited_tax, workspace, issued_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric, $9::text::numeric, $10::text::numeric, $11::text::numeric, $12, $13)`,
		[16]byte(r.kept.ledger), e.Position, n, r.day(at), treatment, rate, string(taxable.Currency()), amounts[0].Plain(), amounts[1].Plain(),
		amounts[2].Plain(), amounts[3].Plain(), of.Workspace, of.IssuedAt)
}

// flush writes the rows.
func (r *registers) flush() error {
	if r.batch.Len() == 0 {
		return nil
	}
	if err := r.kept.tx.SendBatch(r.kept.ctx, r.batch).Close(); err != nil {
		return fmt.Errorf("write the registers: %w", err)
	}
	return nil
}
