// Package bench measures the program on this machine, each figure as a ratio to a baseline of the same run.
//
// Each part makes its own database, and reports figures to one table.
package bench
