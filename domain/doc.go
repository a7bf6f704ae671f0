// Package domain owns the kernel of every rule in Tallystick: events, streams, deciders and rejections.
//
// A stream package (domain/catalog, domain/subscription, domain/seating, …) has two pure functions over these types, and
// the value by which the store finds them:
//
//	Decide(state, command, meta) -> facts | rejection       what may happen
//	Evolve(state, event)         -> state                   what has happened
//	Type                                                    the stream's name and its facts
//
// The package's Command is whatever has a rule (decide), and its Fact is an event that has a fold (evolve). Both methods
// have value receivers, so a command without its rule and an event without its fold do not compile.
//
// Nothing below this package does I/O: no context, no clock, no randomness, no logger. The time of a decision comes in
// with [Meta], ids come in with the command, and what one stream needs to know of another comes in as plain values.
//
// The package owns the vocabulary. It does not own any rule of billing, nor how events are stored or delivered.
package domain
