// Package api puts the nouns of the HTTP API together. Each noun is a package below that gives its routes; [New] serves
// the table of all of them.
//
// # A noun
//
// A noun is named by the word in the URL, and serves one group of the OpenAPI document or a few. In its package
//
//	doc.go         says what it serves
//	routes.go      has its tags, its enumerations, and Routes
//	x_routes.go    has the entries of the table: what a route takes, who may use it, and how it refuses
//	x.go           has the bodies, the views and the handlers of these routes
//
// A new noun is a new package and a line in the table. No noun imports another; what several of them show is in view.
//
// # Invariants
//
//   - a route, a body, a field of an answer or a code that was published stays, and means the same
//   - a handler builds one command or reads one snapshot; it decides nothing
//
// The package does not own how requests are treated (handlers/endpoint), credentials (handlers/access), rules (domain/…),
// how commands join streams (handlers/command), what is read (projections), how a clock is advanced (handlers/process), nor
// how an invoice looks (handlers/paper).
package api
