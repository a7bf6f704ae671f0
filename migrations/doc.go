// Package migrations owns every table of Tallystick, and brings a database to the present one.
//
// There are three kinds of SQL in it:
//
//   - Numbered files (00001_*.sql) are applied once each, in order, forward only.
//   - privileges.sql holds roles, owners, grants and triggers. They do not travel with a logical dump, so they are
//     asserted at every start, each only where it does not hold yet: a start must not wait behind a long reader.
//   - readmodels/NAME.sql holds the tables of one read model. A read model is built into a schema of its own for each
//     version (seats_1, seats_2, …), side by side, by package projections.
//
// The package does not own any query; those stand beside the functions that run them.
package migrations
