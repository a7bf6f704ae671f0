// Package webhooks is the read model of webhook endpoints and of what each of them is sent.
//
// Which news an event makes is decided here, in one table, as is its place in the sequence of an endpoint and a workspace. Both
// follow from the events alone, so that they are the same at every attempt, in every process, and after a rebuild. Whether
// something was delivered does not: the tables tallystick.webhook_outcomes and webhook_cursors tell that, and queries join them.
package webhooks
