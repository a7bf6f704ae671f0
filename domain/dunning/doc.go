// Package dunning owns the policy by which unpaid invoices are followed up: on which days money is tried to be collected again,
// and when a subscription is restricted and canceled.
//
// There is one stream for a ledger, and each of its events holds the whole policy. An invoice keeps the policy that was in force
// when it fell due. One that falls due as it is issued names its version, since a clock that stands still tells nothing.
//
// All days are civil days after the due date in the invoice's time zone, and each step comes as its day begins there.
//
// The package does not own what is tried again (domain/payment) nor who is restricted and canceled (domain/subscription); they
// get the instants as plain values.
package dunning
