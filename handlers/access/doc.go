// Package access finds out who sends a request. Each kind of credential decides a ledger and a role, and implements
// [endpoint.Authenticator]. API keys are the only kind today.
//
// # Invariants
//
//   - a secret is shown once, when it is made; only its SHA-256 is stored
//   - every wrong credential is refused in the same way, after the same comparison in constant time
//   - a revoked credential is refused within five seconds, by every server
//
// The package does not own what a role may do (handlers/endpoint, and the routes in handlers/api), nor ledgers
// (eventstore).
package access
