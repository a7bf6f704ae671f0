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
//	amount due  = total − credit applied; credit applied is negative when a negative total becomes credit
//	outstanding = amount due − amount paid − what credit notes took off it
//
// A charge is credited in two ways: by credit notes here, and by the credit lines of a later invoice when a change ends its
// service early. That invoice's bill tells this one by Prorate, so that both ways together know what is left.
//
// Invariants: credit notes are never more than the invoice's total; all credits of a line are never more than the line;
// what is refunded is never more than was paid; credit that was applied comes back exactly once when an invoice becomes
// void, and one that gave credit never does.
//
// The package does not own prices (domain/pricing), numbers (domain/numbering) and credit (domain/account); they come as
// plain values with the commands, and the events carry what the account and the books need to follow.
package invoice
