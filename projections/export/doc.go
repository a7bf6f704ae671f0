// Package export writes what finance and auditors take away: files in CSV, Parquet, hledger's and beancount's formats, and the
// manifest that says what they hold. It streams: what it keeps in memory does not grow with the rows.
//
// Invariants:
//   - The same rows give the same bytes.
//   - A file that was cut short, by a crash or a stop, goes on behind the last page that is safe on disk, and comes out the same.
//
// The package does not own what the rows say (projections/finance, eventstore), nor who asks for an export and when.
package export
