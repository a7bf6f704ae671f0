// Package exports serves exports: asking for one, how far it is, and its files.
//
// The package does not own what is in the files (handlers/exports, projections/export).
package exports
