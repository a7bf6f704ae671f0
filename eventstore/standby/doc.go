// Package standby knows a streaming replica of the database, and whether queries may go to it.
//
// A standby is left out while it does not answer, while it replays the log too late, when it is promoted, and when it is a
// copy of another database. Queries then go to the primary.
//
// # Lag
//
// The primary's position in its write-ahead log is noted at each look. The lag is the time since the primary passed the
// position that the standby has replayed. So an idle primary makes no lag, and no clock is compared with another.
//
// The package does not own queries (package engine), and it never decides what is consistent: a query that asks for a position
// waits for it on the standby as it does on the primary.
package standby
