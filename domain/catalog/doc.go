// Package catalog owns what a ledger sells: its products, their features and limits, and their prices.
//
// There is one catalog a ledger, the stream catalog:main. A product has a tier within its family, by which changes are
// upgrades or downgrades; one product may be free, and then it has no prices and says how many seats are free. A price
// never changes: a new one is created and the old one archived, which stops new sales and nothing else, since what was
// sold holds a copy of its [pricing.Terms].
//
// Codes of products and codes of prices are unique in the ledger, also among archived ones, and are never used again.
// A command that is refused for its fields names every field that breaks a rule, not only the first.
//
// The package does not own what prices amount to (domain/pricing), who bought what (domain/subscription), nor coupons.
package catalog
