// Package details owns the personal details of workspaces and members: names, addresses and the like.
//
// There is a stream for each workspace and each member that has details. The private part of an event holds what is
// personal, and nothing else does; the part that stays for ever says only that there were details.
//
//	none ── Set ──► set ── Set ──► set
//	                set ── Erase ──► none
//
// Set replaces all that was there, and the earlier version stays, since an invoice shows the one that was in force when it
// was issued. Erase takes them all, for good: whatever shows them does without from then on. Nothing else erases; a member
// who gives up a seat, or never had one, may have details.
//
// The package does not own what is printed on an invoice (domain/invoice), nor seats (domain/seating).
package details
