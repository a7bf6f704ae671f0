// Package clock owns the time at which a sandbox ledger's clock stands.
//
// It stands still until it is advanced, and never goes back. Its one stream is read by every command on the ledger, so
// that nothing is decided by a clock that has moved on. The effective time of an event is where the clock stands from
// then on; before the first one it stands where the ledger began. A live ledger follows the system's clock and has no
// such stream.
//
// The package does not own deadlines (each stream's own rules), nor carries them out on the way (handlers/process).
package clock
