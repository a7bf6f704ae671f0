// Package paymentmethod owns the ways in which a workspace pays: what gateways know of its cards and bank accounts, and which
// of them is the default.
//
//	Add ──► default or another ── SetDefault ──► default ── Remove ──► gone
//
// Invariants: a workspace has at most one default; the first method is the default; removing the default leaves none.
//
// The package does not own payments (domain/payment), nor what a gateway does with a method (handlers/gateway).
package paymentmethod
