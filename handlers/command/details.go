package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/eventstore"
)

// SetDetails replaces the details of a workspace or a member, whose stream it names. It has no result, because the store
// keeps results and must not keep personal data with them.
func SetDetails(stream domain.Stream, given details.Details) Command[struct{}] {
	return onDetails(stream, details.Replace{Details: given}, func(time.Time) struct{} { return struct{}{} })
}

// EraseDetails erases the details of a workspace or a member; the result is the instant of it. It refuses with
// details_not_found.
func EraseDetails(stream domain.Stream) Command[time.Time] {
	return onDetails(stream, details.Erase{}, func(at time.Time) time.Time { return at })
}

func onDetails[R any](stream domain.Stream, c details.Command, result func(time.Time) R) Command[R] {
	return Command[R]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (R, error) {
			_, err := apply(d, stream, details.Decide, c)
			return result(d.Now()), err
		},
	}
}
