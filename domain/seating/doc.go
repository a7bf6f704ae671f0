// Package seating owns who has a seat in a workspace, and that nobody gets one that there is no room for.
//
// A pool has members with a role each, either active (a seat is allocated) or invited (a seat is reserved, perhaps
// until an expiry). Its limits are copied into its own events when a plan changes, so that the rule below needs one
// stream:
//
//	a plan     admins and members share the purchased seats; guests have guests_per_seat × purchased places of their own
//	free plan  admins, members and guests share the free seats
//
// Those who share a limit are a class. A command may add a member to a class only if the class's use afterwards, allocated
// and reserved, is within its limit; leaving is always allowed. A limit may fall below use, when a trial ends, say:
// nobody is removed, [Limits.OverLimit] says by how many, and nobody enters until it fits. While a plan is paused its pool
// is closed: nobody enters at all. While a plan waits, for its payment or for the next period, a [Cap] bounds who enters by
// that plan too.
//
// An invitation that lapsed holds no seat from that instant on. The fact is written by the next command that writes
// anything; [State.At] shows the pool without it before that.
//
// The free plan's limits are the catalog's of today. They come with each command and are written down, before its own
// events, when they differ from the copied ones. A command that is refused or changes nothing writes nothing at all.
//
// The package does not own how many seats are bought (domain/subscription), what a plan allows (domain/catalog), nor the
// daily numbers and high-water marks, which read models derive from the events.
package seating
