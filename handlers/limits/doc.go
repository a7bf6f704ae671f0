// Package limits bounds how often clients ask.
//
// A limit is a bucket of tokens that fills at its rate and holds what one second gives. All servers on a database share the
// buckets: each takes a batch of tokens with one statement, for a tenth of a second, so that hardly any request waits for the
// database. What a server took and did not use runs out after a second. Where the database is away, nothing is limited here.
package limits
