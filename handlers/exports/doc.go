// Package exports has ledgers' events and books written into files, by whichever server comes first: what can be asked for, the
// jobs with how far they are, and the directory of the files.
//
// Invariants:
//   - An export is of a position and never changes; a repeat of it has the same bytes.
//   - One server at a time writes it. When that one dies another goes on where its files are safe on disk.
//   - A week after it is complete, by the ledger's clock, its files are gone.
//
// The package does not own how files are formed (projections/export), nor what the routes are called (handlers/api/exports).
package exports
