// Package invoices serves bills: invoices, the next one to come, credit notes, credit, balances, and invoices on paper. It
// also shows the invoice that a dry run would make.
//
// The package does not own how an invoice comes about (domain/invoice, handlers/command) nor its form on paper
// (handlers/paper).
package invoices
