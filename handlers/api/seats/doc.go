// Package seats serves the seats of a workspace: its members, its pool in numbers, and the use day by day.
//
// The package does not own who may have a seat (domain/seating) nor how days are counted (projections/usage).
package seats
