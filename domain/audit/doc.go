// Package audit owns the restarts of a ledger's audit.
//
// A sealer refuses to sign more of a history that is not the one it signed before. An operator who knows why, such as the restore
// of an older backup, restarts the audit: from then on there is a new tree over all events, from position 1, under another
// name. The event names the last checkpoint that is known outside, so that everybody can see what was given up.
//
// There is at most one restart for each refusal. The package does not own the sealing itself (eventstore/sealer).
package audit
