// Package serve runs the server: its settings, its ways in, its certificate, metrics and traces, and the order of starting and
// stopping.
//
// It holds no rule of its own. The database and what stands on it come from package house.
package serve
