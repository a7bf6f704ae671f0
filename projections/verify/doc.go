// Package verify holds a whole ledger against the rules that must be true of it: hashes and order of the log, and what its events
// add up to.
//
// It reads the log once and folds every stream. Each check has a name, counts what it looked at, and tells the first fault.
//
// The package does not own the rules: it asks those of the domain, or counts again what they should have come to.
package verify
