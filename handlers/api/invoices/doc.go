// Package invoices serves bills and what belongs to them: invoices, the next one to come, one-off ones and the items that wait
// for one, credit notes, refunds, credit, balances, how a workspace is taxed, and documents on paper with the links that open
// them. It also shows the invoice and the credit notes that a dry run would make.
//
// The package does not own how an invoice comes about (domain/invoice, handlers/command) nor its form on paper
// (handlers/paper).
package invoices
