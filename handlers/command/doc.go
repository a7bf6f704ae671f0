// Package command puts commands together: which streams each one reads and writes, what the stream packages need to know
// of one another, and how the events of their deciders join into one group.
//
// A [Command] is a plan that the store carries out. Its Decide is pure and may run several times, on newer states each
// time: it asks the deciders, appends their events, and gives back what its caller answers with. There is no I/O here and
// no rule either; a rule that needs two streams is a decider's, with the other stream's part as a plain value.
//
// One file holds a family of commands. Every refusal is a *[domain.Rejection]; besides the codes that stand at the
// functions, those of the deciders pass through.
//
// The package does not own rules (domain/…), storage (eventstore), nor how a request becomes a command (handlers/api).
package command
