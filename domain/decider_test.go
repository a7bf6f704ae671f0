package domain

import "testing"

// gift is an event of another stream.
type gift struct{}

func (gift) EventType() string { return "shop.gift.v1" }

func toyType() StreamType {
	ignore := func(s nothing, _ Event) nothing { return s }
	return NewStreamType[Event]("toy", ignore, sold{}, mute{})
}

func TestWithDescribesAnEvent(t *testing.T) {
	t.Parallel()
	plain := toyType()
	described := plain.With(EventType{Zero: mute{}, Erases: true})
	if described.Events[0].Erases || !described.Events[1].Erases || plain.Events[1].Erases {
		t.Errorf("described %+v, plain %+v", described.Events, plain.Events)
	}
}

func TestWithRefusesAnEventThatTheStreamLacks(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an event that the stream lacks was described")
		}
	}()
	toyType().With(EventType{Zero: gift{}})
}

func TestFoldPassesOverEventsOfOtherStreams(t *testing.T) {
	t.Parallel()
	type seller interface {
		Event
		count(counter) counter
	}
	count := func(e seller, c counter) counter { return e.count(c) }
	if got := Fold(Fold(counter(1), sold{Seats: 2}, count), gift{}, count); got != 3 {
		t.Errorf("counted %d", got)
	}
}

type counter int

func (counter) Size() int { return 8 }

func (e sold) count(c counter) counter { return c + counter(e.Seats) }
