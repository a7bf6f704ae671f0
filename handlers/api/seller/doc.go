// Package seller serves the profile of the seller whose ledger this is.
//
// The package does not own the profile's rules (domain/seller) nor how it is printed (handlers/paper).
package seller
