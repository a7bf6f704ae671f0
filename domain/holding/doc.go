// Package holding puts together what a workspace has: by its subscription or trial, by a license, or by the free product, as of
// an instant. What is due by then counts as if it had happened, whether or not anybody has carried it out.
//
// It is no stream: it folds nothing and decides nothing. Commands ask it with the states that they decide on, and queries with
// those that they have read, so that both give the same answer.
//
// The package does not own the states (domain/catalog, domain/subscription, domain/entitlement), nor what a feature comes to
// once its plan is known (domain/entitlement).
package holding
