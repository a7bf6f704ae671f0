package domain

// Private tells the store where an event keeps its private part: personal data, such as names and addresses. The part is
// stored beside the event and covered by a salted hash, so it can be erased while the event stays, and with it every proof,
// amount and version. An event whose part was erased comes back without it, and rules must do without it too.
type Private struct {
	// Split takes an event apart: into what stays for ever, and the part, which is nil where there is none.
	Split func(Event) (public Event, part any)
	// Join puts a part back, which decode fills in. It is read leniently and has no schema, so its fields keep their
	// meaning.
	Join func(public Event, decode func(part any) error) (Event, error)
}

// PrivateIn finds the private part that a field of the event points to, which is nil in an event without one.
func PrivateIn[E Event, P any](field func(*E) **P) *Private {
	return &Private{
		Split: func(event Event) (Event, any) {
			e := event.(E)
			part := *field(&e)
			if part == nil {
				return e, nil
			}
			*field(&e) = nil
			return e, part
		},
		Join: func(event Event, decode func(part any) error) (Event, error) {
			e, part := event.(E), new(P)
			*field(&e) = part
			return e, decode(part)
		},
	}
}
