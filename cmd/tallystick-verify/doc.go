// Tallystick-verify verifies what a Tallystick ledger says of its history, without the ledger: no server, no database, no network.
//
//	tallystick-verify inclusion --event event.json --proof event.tlog-proof --key VKEY
//	tallystick-verify consistency --old checkpoint.1 --new checkpoint.2 --proof proof.json --key VKEY
//	tallystick-verify replay bundle --checkpoint checkpoint.1 --key VKEY
//	tallystick-verify rebuild bundle --key VKEY
//	tallystick-verify journal journal.csv
//
// It shares no code with the server but the packages money and journal, so that the two can't share a bug: what is hashed is
// written here once more, from the description of the format. The Merkle tree is built by transparency-dev/merkle, and
// notes and proofs are verified by x/mod.
//
// It ends with 0 where everything holds, with 1 where something does not, and with 2 where it was used wrongly. The verdict names
// the first bad position.
package main
