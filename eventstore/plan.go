package eventstore

import (
	"context"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
)

// Plan says what one command does, whoever gives it. R is the type of its result, which the caller answers with.
type Plan[R any] struct {
	// Resource is the stream whose version the answer shows. A precondition on a version is checked against it.
	Resource domain.Stream
	// Decide may look at the streams of Reads and Writes, and append to those of Writes. It asks for more streams where a
	// state leads to them.
	Reads  []domain.Stream
	Writes []domain.Stream
	// Decide must be pure: the store may run it again on newer states of the streams.
	Decide func(*Decision) (R, error)
}

// Ask gives the result of a plan without doing it. The store confirms all that the result stands on.
func Ask[R any](ctx context.Context, s *Store, ledger Ledger, p Plan[R]) (result R, err error) {
	_, err = s.Execute(ctx, ledger, Command{
		ID: uuid.Must(uuid.NewV7()), Name: "ask", DryRun: true, Resource: p.Resource, Reads: p.Reads, Writes: p.Writes,
		Decide: func(d *Decision) (Answer, error) {
			var err error
			result, err = p.Decide(d)
			return Answer{}, err
		},
	})
	return result, err
}
