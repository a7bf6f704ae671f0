// Package numbering owns the numbers on a ledger's invoices and credit notes.
//
// What stands before the digits of a number is its series, such as "INV-" or "CN-2031-". Each series counts 1, 2, 3 …
// without a hole, whatever led to it: documents of both kinds whose series are equal share its numbers.
//
// A number is given in the same group of events that finalises the document, so that none is lost by a crash and none is
// given to a document that does not come to be. There is one stream for a ledger, and its order is the numbers' order.
//
// The package does not own what is numbered (domain/invoice) nor which series that is in (domain/seller).
package numbering
