// Package domain is the kernel of every rule in Tallystick: what an event, a stream, a decider and a rejection are.
//
// A stream package (domain/catalog, domain/subscription, domain/seating, …) has three pure functions over these types:
//
//	Decide(state, command, meta) -> events | rejection      what may happen
//	Evolve(state, event)         -> state                   what has happened
//	Type                                                    how the store finds both
//
// Nothing below this package does I/O: no context, no clock, no randomness, no logger. The time of a decision comes in
// with [Meta], ids come in with the command, and what one stream needs to know of another comes in as plain values.
//
// The package owns the vocabulary. It does not own any rule of billing, nor how events are stored or delivered.
package domain
