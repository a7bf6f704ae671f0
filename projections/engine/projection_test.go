package engine

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// TestPagesHoldWhatIsRead holds that a projection gets the events of the streams that it reads, less those that it skips.
func TestPagesHoldWhatIsRead(t *testing.T) {
	t.Parallel()
	b := &bench{testbed.New(t, roomType, streamType("roomy", planted{}))}
	var got []domain.Event
	p := b.prepare(only(visits.with(func(_ context.Context, apply func() error, page Page) error {
		for _, event := range page.Events {
			got = append(got, event.Fact)
		}
		return apply()
	})))
	b.enter("acme", "ann")
	b.Append("roomy:acme", planted{})
	last := b.Append(room("acme"), left{"ann"}, entered{"bob"})
	p.run()
	p.await(last)
	if diff := cmp.Diff([]domain.Event{entered{"ann"}, entered{"bob"}}, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func TestAllBut(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]domain.Event{left{}}, AllBut(roomType, entered{})); diff != "" {
		t.Errorf("rest (-want +got):\n%s", diff)
	}
}
