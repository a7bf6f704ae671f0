// Package words tells in plain English what each event says, for people who read a log or a timeline.
//
//	words.Of(event) = "The price team-month was bought with 3 seats"
//
// Invariants: every type of event that a program can write has words; they follow from the event alone; nothing of an event's
// private part is in them, so that words may be kept where personal data may not.
//
// The package does not own which events a timeline shows (projections.Timeline).
package words
