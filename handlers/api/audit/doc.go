// Package audit shows auditors what is sealed: checkpoints, proofs and tiles, in the forms of C2SP.
//
// Everything below /v1/audit is a log by c2sp.org/tlog-tiles for clients that send the key of a reader. Nothing here needs the
// key that signs: package eventstore/sealer has written all of it.
package audit
