// Package audit owns what an auditor recomputes: the bytes that are hashed for each event.
//
// The hash of an event is made in two stages. The program hashes what it decided (the body) before it knows where the
// event will stand; the database hashes that together with position, group and time (the leaf) under the ledger's lock.
// The stored leaf hash is an RFC 6962 leaf, so a Merkle tree over a ledger needs no further hashing of events, and the
// leaf's index is its position less one.
//
// Of an event's private part the body covers a salted hash alone, which is stored with the event and stays. Salt and part can
// be erased without a change to any body, leaf or proof; until then an auditor can hold them against the hash.
//
// The package does not own storage, and nothing in it talks to a database.
package audit
