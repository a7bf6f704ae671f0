package domain

import "strings"

// Event is a fact that happened, in the past tense. Its name is written by hand and never derived from a Go type, so
// that renaming a type orphans no history.
type Event interface {
	// EventType gives "<stream type>.<fact>.v<n>", such as "seating.allocated.v1".
	EventType() string
}

// Stream names the events of one entity: "type:part[:part]", such as "seating:acme". Parts are opaque ids, never
// personal data, since a stream's name is covered by the audit proofs and can't be erased.
type Stream string

// NewStream joins a stream type and its parts.
func NewStream(streamType string, parts ...string) Stream {
	return Stream(streamType + ":" + strings.Join(parts, ":"))
}

// Type gives the part before the first colon: "seating" of "seating:acme".
func (s Stream) Type() string {
	name, _, _ := strings.Cut(string(s), ":")
	return name
}

// Entity gives the part after it: "acme" of "seating:acme".
func (s Stream) Entity() string {
	_, entity, _ := strings.Cut(string(s), ":")
	return entity
}
