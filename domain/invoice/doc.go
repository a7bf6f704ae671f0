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
//	amount due  = total − credit applied; of a negative total all is applied, and nothing is due
//	outstanding = amount due − amount paid − reduced − written off
//	owed        = outstanding + written off
//
// A charge is taken back in two ways: by credit notes here, and by the credit lines of a later bill when a change ends its
// service early. A later bill of more seats lowers a charge where those make the plan cheaper. Such bills tell this invoice by
// Prorate, so that all ways together know what is left, and what lowered a charge and is taken back with it is given back so.
//
// What takes something back first lowers what is owed: of the invoice itself, and of those behind it, whose charges its credit
// lines take back. Each of those is told by Lower. Only the rest goes back as money or becomes credit.
//
// Invariants: all that is taken back of a line, and all that lowers it, is never more than the line; credit notes are more than the invoice's total
// only where credit lines paid for its charges; nothing that was not paid becomes credit or goes back; credit that was applied
// comes back exactly once when an invoice becomes void, and one that took part in taking back never does.
//
// The package does not own prices (domain/pricing), numbers (domain/numbering) and credit (domain/account); they come as
// plain values with the commands, and the events carry what the account and the books need to follow.
package invoice
