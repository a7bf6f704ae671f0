// Package sandbox is a gateway for sandboxes that is built in: nobody's money is taken, and a token says how charges behave.
//
// Its tables are the memory of the other side, and no part of the ledger. Each call is committed before it is answered, so that
// a server that was killed finds what it asked for. The n-th charge of a payment method behaves as the n-th part of its token
// says, the last part for all later ones; a repeated key takes no part, and is answered as before.
//
// What takes time goes by the ledger's clock; only the waiting of a slow answer is time of the system.
//
// The package does not own what a token's words mean for an invoice (domain/payment, handlers/command).
package sandbox
