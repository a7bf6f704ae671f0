// Package finance is the part of the API about the books: their policy, their periods and the reports on them.
//
// Reports are data of projections/finance; one handler shows them all.
package finance
