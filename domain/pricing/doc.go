// Package pricing owns what a price says: [Terms], the value that the catalog makes of a price and that a subscription
// keeps a copy of, so that what was bought stays what it was and replay never depends on the catalog of today. It also
// owns the default policy of changes, [CompareTerms].
//
// It will own the one pure function that prices a change, used by previews and by execution alike, so that the two
// can't differ.
//
// The package does not own the validity of a price (domain/catalog), nor when a change takes effect
// (domain/subscription).
package pricing
