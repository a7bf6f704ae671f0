// Package dial opens every connection to Postgres, so that none of them waits for ever: not for a host that accepts and does
// not answer, and not for one that is gone.
//
// It does not own pools, roles and settings of sessions, and knows nothing of what is in the database.
package dial
