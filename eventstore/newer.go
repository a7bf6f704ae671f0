package eventstore

import "fmt"

// NewerReleaseError reports a stored event that only a newer release of the program knows. Nothing is wrong with the log:
// whoever meets it leaves everything as it is and waits for the newer program.
type NewerReleaseError struct {
	Type   string
	Schema int
	what   string // of the event is not known
}

func (e *NewerReleaseError) Error() string {
	return fmt.Sprintf("%s is unknown to this version of the program", e.what)
}

// newer reports what this program does not know of an event.
func newer(eventType string, schema int, what string) error {
	return &NewerReleaseError{Type: eventType, Schema: schema, what: what}
}

// Meet notes that this process can't do something because of an event of a newer release.
func (c *Codec) Meet(err *NewerReleaseError) { c.met.CompareAndSwap(nil, err) }

// Newer gives the first event of a newer release that something could not be done for, nil where there was none. It stays
// until the program ends, since such events stay in the log.
func (c *Codec) Newer() *NewerReleaseError { return c.met.Load() }
