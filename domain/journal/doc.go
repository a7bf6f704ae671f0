// Package journal turns the ledger's events into double entry: balanced entries, made by a posting table that is data.
//
//	stored event ── Book.Apply ──► entries      the events in order of position, group by group
//
// A [Book] remembers what later events need of earlier ones: the lines of invoices with what of them is not earned yet, payments
// and refunds. Where it keeps that is a [Shelf], in memory or in a read model.
//
// What is billed for a time is deferred, line by line, and earned by civil days or by months, in sum exactly what was billed. What
// ends or lowers a line first earns it up to the day before.
//
//	unearned(line) = net − taken back − earned − given up
//
// Invariants: an entry that does not balance can't be made; every amount is exact in its currency; entries depend on the events up
// to their own group alone, so that the same events give the same entries. What belongs to a closed period is dated the first day
// of the first open one.
//
// An open invoice is no receivable. Credit and money on it stay the workspace's credit until it is issued.
//
// The package reads events as they are stored, not as the server decodes them, since the offline verifier makes the same entries.
// It imports domain/money alone.
package journal
