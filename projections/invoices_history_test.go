package projections

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/engine"
)

// drawInvoice bills something, or does something to what was billed.
func (b *books) drawInvoice(t *rapid.T) {
	workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
	amount := eur(fmt.Sprintf("%d.50", rapid.IntRange(0, 30).Draw(t, "amount")))
	kind := rapid.IntRange(-1, 7).Draw(t, "bill")
	if kind == 0 {
		b.onAccount(workspace, account.Grant{ID: fmt.Sprint("grant-", len(b.history)), Source: account.SourceManual, Amount: amount, Reason: "r"})
		return
	}
	if kind < 0 {
		b.drawReceivable(t, workspace)
		return
	}
	if kind == 1 || len(b.invoiceIDs) == 0 {
		b.issue(workspace, rapid.Int64Range(1, 5).Draw(t, "seats"))
		return
	}
	id := rapid.SampledFrom(b.invoiceIDs).Draw(t, "invoice")
	note := fmt.Sprint("note-", len(b.history))
	b.onInvoice(id, []invoice.Command{
		invoice.RecordPayment{Payment: fmt.Sprint("money-", len(b.history)), Amount: amount, Reference: "wire"},
		invoice.Credit{CreditNote: note, Number: "CN-" + note, Amount: &amount, Reason: "sorry"},
		invoice.Credit{CreditNote: note, Number: "CN-" + note, Lines: []invoice.CreditLine{{Key: b.invoices[id].Bill.Lines[0].Key}}, Reason: "sorry", Refund: true},
		invoice.Void{Reason: "wrong"},
		invoice.WriteOff{Reason: "gone"},
		invoice.Prorate{CreditedOn: "later", Lines: []invoice.CreditedLine{{Key: b.invoices[id].Bill.Lines[0].Key, Amount: amount, Tax: eur("0.00")}}},
	}[kind-2])
}

// issue bills so many seats.
func (b *books) issue(workspace string, seats int64) {
	terms, err := b.catalog.ForSale("team-1")
	if err != nil {
		return
	}
	bill, err := terms.Bill(seats)
	if err != nil {
		panic(err)
	}
	id, month := fmt.Sprint("invoice-by-hand-", len(b.history)), period.Period{Start: b.now, End: b.now.AddDate(0, 1, 0)}
	for i := range bill.Lines {
		bill.Lines[i].Period = month
	}
	b.onInvoice(id, invoice.Draft{
		ID: id, Workspace: workspace, Reason: invoice.ReasonManual, TimeZone: "UTC", Bill: bill, DaysUntilDue: 10, Period: month,
	})
	b.onInvoice(id, invoice.Finalize{Number: "INV-" + id, Credit: eur("0.00"), IssuedAt: b.now})
}

func (b *books) onInvoice(id string, c invoice.Command) {
	if facts, err := invoice.Decide(b.invoices[id], c, b.meta()); err == nil {
		group := testbed.To(invoice.Stream(id), domain.Events(facts)...)
		for _, fact := range facts {
			if paid, is := fact.(invoice.PaymentRecorded); is {
				group = group.And(account.Stream(b.invoices[id].Workspace), b.received(paid))
			}
		}
		b.write(group)
	}
}

// received tells the account of money that was recorded by hand, and keeps it as the payment that it is.
func (b *books) received(paid invoice.PaymentRecorded) domain.Event {
	workspace := b.invoices[paid.ID].Workspace
	b.byHand[paid.Payment] = Payment{
		State: payment.State{
			Started: payment.Started{ID: paid.Payment, Workspace: workspace, Invoice: paid.ID, Currency: paid.Amount.Currency(), CreatedAt: b.now},
			Attempts: []payment.Attempt{{
				Attempted: payment.Attempted{N: 1, Gateway: GatewayManual, Amount: paid.Amount, RequestedAt: b.now}, Status: payment.StatusSucceeded,
				Reference: paid.Reference, SettlesAt: &paid.PaidAt, AnsweredAt: &paid.PaidAt,
			}},
		},
		Version: 1, Returned: money.Zero(paid.Amount.Currency()),
	}
	return account.MoneyReceived{Payment: paid.Payment, Invoice: paid.ID, Amount: paid.Amount, Applied: paid.Applied}
}

// drawReceivable lets an account expect money, which is collected or not, or not any more.
func (b *books) drawReceivable(t *rapid.T, workspace string) {
	id := fmt.Sprint("receivable-", rapid.IntRange(0, 3).Draw(t, "receivable"))
	if rapid.Bool().Draw(t, "settled") {
		b.onAccount(workspace, account.CloseReceivable{Invoice: id})
		return
	}
	r := account.Receivable{Invoice: id, Number: "INV-" + id, Currency: "EUR", IssuedAt: b.now}
	if rapid.Bool().Draw(t, "collected") {
		r.PastDueAt = ptr(b.now.Add(subscription.CollectionTime))
	}
	if rapid.Bool().Draw(t, "dated") {
		r.OverdueAt = ptr(b.now.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "overdue")))
	}
	b.onAccount(workspace, account.OpenReceivable{Receivable: r})
	if next, ok := b.notices[workspace].Next(b.expected(workspace)); ok && rapid.Bool().Draw(t, "told") {
		b.write(testbed.To(notice.Stream(workspace), next.Fact))
	}
}

func (b *books) onAccount(workspace string, c account.Command) {
	if facts, err := account.Decide(b.accounts[workspace], c, domain.Meta{}); err == nil {
		b.write(testbed.To(account.Stream(workspace), domain.Events(facts)...))
	}
}

// checkInvoices holds each invoice, all credit notes and each account against the states.
func (b *books) checkInvoices(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID) {
	same := func(what string, want, got any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		wanted, _ := engine.Encode(want)
		found, _ := engine.Encode(got)
		if wanted != found {
			t.Fatalf("%s is %s, want %s", what, found, wanted)
		}
	}
	listed, err := ListInvoices(bench.Ctx, tx, ledger, InvoiceFilter{}, 0, 1_000)
	same("number of invoices", len(b.invoiceIDs), len(listed), err)
	for i, id := range b.invoiceIDs {
		same("invoice", b.invoices[id], listed[i].State, nil)
		same("version", b.versions[invoice.Stream(id)], listed[i].Version, nil)
	}
	notes, err := ListCreditNotes(bench.Ctx, tx, ledger, CreditNoteFilter{}, 0, 1_000)
	same("number of credit notes", len(b.notes), len(notes), err)
	for i, note := range b.notes {
		same("credit note", note, notes[i].Note, nil)
		same("its workspace", b.invoices[note.ID].Workspace, notes[i].Workspace, nil)
	}
	accounts, err := loadAccounts(bench.Ctx, tx, ledger, workspaces)
	for _, workspace := range workspaces {
		credit := b.accounts[workspace]
		credit.Receivables, credit.Payments = nil, nil // the model keeps the credit alone
		same("account", credit, accounts[workspace], err)
	}
}
