// Package licensefile signs and verifies license files: what a seller hands to a self-hosted installation, which then knows
// without a network what it may do. An installation imports this package and nothing else of Tallystick.
//
// # Form
//
// A file is ASCII, at most 64 kB, and has exactly four lines, each ended by one line feed:
//
//	tallystick-license-file/v1
//	ed25519 <kid>
//	<base64url of the payload>
//	<base64url of the signature>
//
// base64url is that of RFC 4648 without padding, and unused bits are zero. Signed are the bytes of the first three lines with
// their line feeds, so the version, the algorithm and the key's id are covered too. The kid is the first 16 hex digits of the
// SHA-256 of the public key's 32 bytes. The payload is JSON in the form of RFC 8785, and a [Payload] says its members.
//
// # Use
//
// An installation is built with the public keys that it trusts, several while keys are exchanged. It keeps a [Seen] from one
// verification to the next, wherever its user can't easily set it back: a clock that goes back, and a file that is older than
// one seen before, are refused by it.
//
// # Invariants
//
//   - a file has one spelling: whatever differs from it by a byte is refused, with a [Verdict] that says why
//   - verdicts are tried in their order, and the first that holds is the answer
//   - what a file says is looked at after its signature alone
//
// testdata/vectors.json has files with their verdicts, for implementations in other languages. The package does not own when
// files are made, where they are kept, nor how a key is drawn.
package licensefile
