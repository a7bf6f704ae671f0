// Package numbering owns the numbers on a ledger's invoices and credit notes: 1, 2, 3 … each, without a hole.
//
// A number is given in the same group of events that finalises the document, so that none is lost by a crash and none is
// given to a document that does not come to be. There is one stream for a ledger, and its order is the numbers' order.
//
// The package does not own what is numbered (domain/invoice).
package numbering
