// Package endpoint treats every request alike: it turns requests into commands and queries, and what comes of them into
// answers. It knows no noun. Each noun gives its routes, and all of them make one table.
//
// # One table
//
// A [Route] says everything about one operation: method and path, who may use it, its parameters, the Go types of its
// body and its answer, how it refuses, and what it does. Routing, roles, strict decoding and the OpenAPI document (package
// document) are all made of the table, so they can't disagree.
//
// A route is completed by the constructor that fits it:
//
//	Command, PlainCommand, …   change something, once for each Idempotency-Key
//	Query                      read a read model
//	LogQuery, LogLines, …      read the log
//	Ask, AskQuery              ask the store for what is true now, and write nothing
//	Act                        does something that is harmless to repeat
//	RenderQuery                shows a read model in another form than JSON
//
// # Path of a request
//
//	serve     id, time limit, panic, log, metrics
//	admit     credential → ledger and role; names in the path; parameters
//	command   key, body → decode → command → store; the answer is made where the command is decided, and stored with it
//	query     minimum position → read model → answer with the position that it shows
//	ask       body → decode → command → store, which confirms and writes nothing → answer
//	refuse    any error → problem+json
//
// # Invariants
//
//   - the credential decides the ledger, and every stored or read thing is of that ledger
//   - what can't be read is refused before anything is asked: 400, 413, 415, and 422 for fields that are missing or beyond
//     every bound. Then the idempotency key speaks, then If-Match, then the rules
//   - a repeat is answered with the bytes of the first answer
//   - a refusal is a [domain.Rejection] or a [Problem]; every other error is ours, is logged once, and its text is never
//     shown
//   - no body and no credential is ever logged, and no answer is stored that has personal data
//
// The package does not own the document (handlers/endpoint/document), the routes (handlers/api), credentials (handlers/access), rules (domain/…), how commands join
// streams (handlers/command), what is read (projections), nor listening and stopping (cmd).
package endpoint
