// Package migrations owns every table of Tallystick, and brings a database up to date.
//
// There are four kinds of SQL in it:
//
//   - Numbered files (00001_*.sql) are applied once each, in order, forward only.
//   - privileges.sql holds roles, owners, grants and triggers. A logical dump does not carry them, so every start asserts
//     them. It changes only those that do not hold yet: a start must not wait behind a long reader. auditor.sql does so for
//     what auditors read, comments.sql for the comments, and functions.sql has the functions of the triggers.
//   - ownroles.sql and logins.sql are for the operator's migrate --own-roles and for the private Postgres: they take from
//     roles what they had, and let roles log in.
//   - readmodels/NAME.sql holds the tables of one read model. Package projections/engine builds each version of a read
//     model into a schema of its own (seats_1, seats_2, …), side by side.
//
// The package does not own any query; a query stands beside the function that runs it.
package migrations
