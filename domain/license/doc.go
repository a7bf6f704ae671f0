// Package license owns enterprise licenses: what a customer may use in installations of its own, and which installations use it.
//
// There is a stream for each license. Its limit of instances is judged in it, so that no more become active than it allows. Each
// change of what an installation may do raises the license's sequence, by which a newer file is told from an older one.
//
// A license expires by the clock, whether or not anybody has noted it. Heartbeats of instances are no events: only their deaths
// and returns are, and whoever decides says when they were heard of last.
//
// A billed license is a subscription of a workspace of the same ledger, and follows it.
//
// The package does not own license files (domain/licensefile), what products have (domain/catalog), what is billed
// (domain/subscription) nor what a license means for a workspace of the same ledger (domain/entitlement).
package license
