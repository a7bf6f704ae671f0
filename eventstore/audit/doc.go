// Package audit owns what an auditor recomputes: the bytes that are hashed for each event.
//
// The hash of an event is made in two stages. The program hashes what it decided (the body) before it knows where the
// event will stand; the database hashes that together with position, group and time (the leaf) under the ledger's lock.
// The stored leaf hash is an RFC 6962 leaf, so a Merkle tree over a ledger needs no further hashing of events, and the
// leaf's index is its position less one.
//
// The package does not own storage, and nothing in it talks to a database.
package audit
