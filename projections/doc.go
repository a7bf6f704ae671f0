// Package projections holds the read models: what each one reads, how it applies events to its tables, and its queries.
//
// One read model is one file, or up to three whose names begin with its own; one that needs more is a package (usage). A
// model says which types of streams it reads, so a new type of stream changes nothing here. Its tables stand in
// migrations/readmodels. Every change of the tables, or of the rows that Apply writes, raises Revision.
//
// # Invariants
//
//   - Apply is a pure function of the page and the rows: no clock, no network, no randomness.
//   - A state is folded by its stream's own Evolve, so that every rule stands in one place.
//   - What is due by an instant shows as if it had happened, whether or not anybody has carried it out.
//   - No read model holds personal data: a version may stand for years without a process that runs it. Details are read
//     from the log, where they can be erased (details.go), and so is every other private part.
//   - Documents show names, payments and the seller as they were, so they read those from the log, too (names.go, seller.go).
//     Such a query decodes the stored events itself: an event that gets another form changes it as well.
//
// The package does not own delivery, versions and rebuilds (package engine), nor events (package eventstore). It never
// appends events and knows nothing of HTTP.
package projections
