// Package access finds out who sends a request, and lets an operator make and end credentials. Each kind of credential
// decides a ledger and a role, and implements [endpoint.Authenticator]. API keys are the only kind today. A ledger's secret,
// under which it signs what it hands out, is a credential too.
//
// # Invariants
//
//   - a secret is shown once, when it is made; only its SHA-256 is stored
//   - every wrong credential is refused in the same way, after the same comparison in constant time
//   - a revoked credential is refused within a second, by every server
//   - every change of a credential is audited by the database, with who made it and from where
//   - what a ledger signed is accepted by every server from the first moment on, also while its secret is rotated
//
// The package does not own what a role may do (handlers/endpoint, and the routes in handlers/api), nor ledgers
// (eventstore).
package access
