// Package audit owns the bytes that are hashed for each event, which an auditor recomputes.
//
// The hash of an event is made in two stages. The program hashes what it decided (the body) before it knows the event's
// position; the database hashes that together with position, group and time (the leaf) under the ledger's lock.
// The stored leaf hash is an RFC 6962 leaf, so a Merkle tree over a ledger needs no further hashing of events, and the
// leaf's index is its position less one.
//
// The body covers only a salted hash of an event's private part, which is stored with the event and stays. Erasing salt and
// part changes no body, leaf or proof; until then an auditor can check them against the hash.
//
// The package does not own storage, and nothing in it talks to a database.
package audit
