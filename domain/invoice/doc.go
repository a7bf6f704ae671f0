// Package invoice owns one bill from its draft to its end: what was billed, what of it is paid, and what was taken back.
//
//	draft ── Finalize ──► finalized ── Void ──► voided
//	  └──── Open ──► open ── RecordPayment of all ──► finalized
//	                   └──── Void ──► voided
//
// An open invoice waits for money before what it bills happens: it has no number until it is paid. A finalised one has a
// number, and its lines and totals never change; it is corrected by credit notes, or void if nothing was paid.
//
// Beside that document status stands the payment status, not_required, pending, succeeded or uncollectible. Being
// overdue is neither: [State.Overdue] says so of any instant.
//
//	total       = subtotal − discount + tax
//	amount due  = total − credit applied; credit applied is the total where that is negative
//	outstanding = amount due − amount paid − reduced − written off
//
// Reduced is what credit notes and negative totals of other invoices took off. What takes something back lowers what is owed
// first: of its own invoice, then of the invoices that this one's credit lines are of, and so on back. Only the rest was paid,
// and becomes credit or goes back.
//
// A charge is credited in two ways: by credit notes here, and by the credit lines of a later invoice when a change ends its
// service early. That invoice's bill tells this one by Prorate, so that both ways together know what is left.
//
// Invariants: credit notes are more than the invoice's total only where credit lines paid of it; all credits of a line are
// never more than the line; nothing that was not paid becomes credit; credit that was applied comes back exactly once when an invoice becomes
// void, and one that gave credit, or that something was set off against, never does.
//
// The package does not own prices (domain/pricing), numbers (domain/numbering) and credit (domain/account); they come as
// plain values with the commands, and the events carry what the account and the books need to follow.
package invoice
