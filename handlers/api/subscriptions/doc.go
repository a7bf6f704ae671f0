// Package subscriptions serves subscriptions, the trials before them, and the plans that they give to workspaces.
//
// The package does not own the rules of a change (domain/subscription, domain/trial) nor its price (domain/pricing).
package subscriptions
