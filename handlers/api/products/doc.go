// Package products serves the catalog: products, their prices, features and coupons, and what each price would cost a
// workspace.
//
// The package does not own the catalog's rules (domain/catalog).
package products
