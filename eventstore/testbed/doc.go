// Package testbed gives the tests of every room above the store a database with a ledger, and a store that appends to it.
//
// The package does not own the server behind the databases (pgtest), nor anything that follows the events.
package testbed
