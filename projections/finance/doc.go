// Package finance is the read model of the books: the journal, and the registers beside it, as rows that are only ever added by
// position. So every report can be made as of any position, from the rows up to it.
//
//	events ── domain/journal ──► journal      registers of invoices, credit notes, payments, taxes and recurring revenue
//	                                │
//	          Report = columns + SQL ──► rows, in a stable order, page by page
//
// A report is data: a name, columns, SQL and the key of its order. Whoever shows one, as JSON or in a file, needs no more.
//
// The package does not own how entries are made (domain/journal), nor how reports are written to files (projections/export).
package finance
