// Package catalog owns what a ledger sells: its products, their features and limits, and their prices.
//
// There is one catalog a ledger, the stream catalog:main. A product has a tier within its family, by which changes are
// upgrades or downgrades; one product may be free, and then it has no prices and says how many seats are free. A price
// never changes: a new one is created and the old one archived, which stops new sales and nothing else, since what was
// sold holds a copy of its [pricing.Terms].
//
// A coupon is a discount that never changes either, and is kept by value where it is applied.
//
// Codes of products, of prices and of coupons are unique in the ledger, also among archived ones, and are never used again.
// A command that is refused for its fields names every field that breaks a rule, not only the first.
//
// The package does not own what prices and discounts amount to (domain/pricing), nor who bought what
// (domain/subscription).
package catalog
