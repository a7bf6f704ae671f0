package operations

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// An advance that takes too long says so, and not that the database is away or that nothing was done.
func TestUnfinishedAdvance(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, c := range map[string]struct{ cause, as error }{
		"too long":       {context.DeadlineExceeded, eventstore.ErrOutcomeUnknown},
		"a server stops": {eventstore.ErrClosed, eventstore.ErrClosed},
		"database away":  {eventstore.ErrUnavailable, eventstore.ErrUnavailable},
		"a fault":        {broken, broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := endpoint.ProblemOf(unfinished(fmt.Errorf("advance: %w", c.cause)))
			if !strings.Contains(p.Detail, "goes on from there") {
				t.Errorf("it says %s", p.Detail)
			}
			want := endpoint.ProblemOf(fmt.Errorf("advance: %w", c.as))
			if want.Detail = p.Detail; !reflect.DeepEqual(p, want) { //nolint:govet // both are of the same error
				t.Errorf("%+v, want %+v", p, want)
			}
		})
	}
	t.Run("a refusal", func(t *testing.T) {
		t.Parallel()
		refused := domain.Invalid("clock_backwards", "never")
		if err := unfinished(refused); !errors.Is(err, refused) {
			t.Errorf("it became %v", err)
		}
	})
}
