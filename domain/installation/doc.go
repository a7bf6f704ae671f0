// Package installation owns the license that a workspace of an installation has from a seller elsewhere: linked with the seller's
// license server, or by a file that was uploaded.
//
//	BeginLink ──► linking ──► linked ──► BeginUnlink ──► unlinking ──► unlinked
//	                 │  └──► linked_pending_apply ──► linked        Upload ──► held, without a link
//	                 └──► unlinked, where the server refuses
//
// There is a stream for each workspace. What the server says is conclusive or not. What is not changes nothing but the time of the next
// try. A license is taken from nothing but a file that a trusted key has signed, for this workspace and installation, by a clock that
// was not set back, and of no older sequence than one that was seen.
//
// What the server agreed to and this installation can't apply is kept as linked_pending_apply, until it can or somebody unlinks it.
//
// A link follows the server that the program is configured with, so that a seller may move. Who the seller is, the trusted keys say.
//
// The longer no success was heard of, the less is allowed: the ladder. Nothing is appended when a step is reached: the clock says that.
//
// The package does not own what a license gives a workspace (domain/entitlement, domain/seating), its key (handlers/vault), nor how the
// server is asked (handlers/licenseserver).
package installation
