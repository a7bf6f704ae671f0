// Package item owns what a workspace is to be billed for once, beside its seats: the items that wait for the next invoice.
//
// There is a stream for each workspace that ever had one. An item waits until an invoice is issued that has it: that of a
// renewal or of a subscription that begins, or one of its own when the subscription ends.
//
// The package does not own how an item is priced (domain/pricing) nor the invoices (domain/invoice).
package item
