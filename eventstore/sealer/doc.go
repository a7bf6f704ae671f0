// Package sealer makes a ledger's history evident: it keeps an RFC 6962 Merkle tree over the leaves of all events, and signs
// checkpoints of it.
//
// The sealer follows the log. Positions are dense, so it needs no queue: the next leaf is the event at the tree's size plus one. One
// query a second finds the ledgers with unsealed events, and appends of this process wake it at once.
//
// # The fork guard
//
// Before a checkpoint is published, the sealer compares it with those kept outside of the database: in a file, and by a
// witness. If one of them knows more events than the ledger has, or another history, then the database is not what it was: it
// was restored from an older backup, or somebody rewrote it. The sealer then refuses to sign, whatever is appended, until an operator
// restarts the audit: a new tree from position 1, whose origin nobody can take for the old one's.
//
// The outside copies are written first, and the database is committed after. What was lost between the two is made again: the
// same events give the same root.
//
// The package owns the tables audit_seals, audit_checkpoints and audit_tiles. Package audit owns what is hashed and signed.
package sealer
