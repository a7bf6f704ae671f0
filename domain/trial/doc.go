// Package trial owns that a workspace tries each family of products once.
//
// There is a stream for each workspace and family. The first event in it refuses the second trial, so two that start at
// once can't both succeed, and neither a cancellation nor another plan makes room for another trial.
//
//	none ── Start ──► active ── End ──► converted, expired or canceled
//	                  active ── Extend, ChangePrice, Remind ──► active
//
// The first start stays for ever, whatever plan is tried and however often the end moves.
//
// The subscription has the plan, the seats and the bills of a trial (domain/subscription). The commands here follow what is
// decided there, in the same group of events, and only Start is ever refused. A reminder is a fact once it is due, for
// whoever sends mails.
package trial
