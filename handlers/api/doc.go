// Package api is the HTTP door: it turns requests into commands and queries, and what becomes of them into answers.
//
// # One table
//
// A [route] says everything about one operation: method and path, who may use it, its parameters, the Go types of its
// body and its answer, how it refuses, and what it does. Routing, roles, strict decoding and the OpenAPI document are all
// made of that table, so they can't disagree. The files by noun (product.go, seat.go, …) hold the routes and what clients
// see; the files by concern hold how every request is treated.
//
// # Path of a request
//
//	serve     id, time limit, panic, log, metrics
//	admit     key → ledger and role; names in the path; parameters
//	command   key, body → decode → command → store; the answer is made where the command is decided, and stored with it
//	query     minimum position → read model → answer with the position that it shows
//	ask       body → decode → command → store, which confirms and writes nothing → answer
//	refuse    any error → problem+json
//
// # Invariants
//
//   - the key decides the ledger, and every stored or read thing is of that ledger
//   - what can't be read is refused before anything is asked: 400, 413, 415, and 422 for fields that are missing or beyond
//     every bound. Then the idempotency key speaks, then If-Match, then the rules
//   - a repeat is answered with the bytes of the first answer
//   - a refusal is a [domain.Rejection] or a problem of this package; every other error is ours, is logged once, and its
//     text is never shown
//   - no body and no credential is ever logged, and no answer is stored that has personal data
//
// The package does not own rules (domain/…), how commands join streams (handlers/command), what is read (projections), how
// a clock is advanced (handlers/process), how an invoice looks (handlers/paper), nor listening and stopping (cmd).
package api
