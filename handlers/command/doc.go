// Package command puts commands together. It owns which streams each command reads and writes, what it tells one stream's
// decider about the other streams, and how the events of the deciders join into one group.
//
// A [Command] is a plan that the store carries out. Its Decide asks the deciders, appends their events and returns the
// result that the caller answers with. Decide is pure and may run several times, on newer states each time. There is no I/O
// here and no rule either: a rule that needs two streams belongs to a decider, which takes the other stream's part as a
// plain value.
//
// What happens to a workspace's invoices and account is reconciled at the end of every command and of every deadline
// (reconcile.go): the account learns which invoices expect money, credit pays them, and the subscription hears of it.
//
// A file holds the commands on one noun. A parameter "name" is the workspace's name. A comment says which fields of c the
// caller fills in; the command itself fills in all others. Every refusal is a *[domain.Rejection]. Comments name the codes
// of this package; the codes of the deciders pass through.
//
// The package does not own rules (domain/…), storage (eventstore), nor how a request becomes a command (handlers/api).
package command
