// Package cluster gives tests a Postgres of their own that they may stop, copy, restore and follow by a standby.
//
// It does not own the Postgres that tests share (package pgtest), and knows nothing of tables.
package cluster
