package eventstore

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
)

type tally struct{}

func (tally) Size() int { return 10 }

type counted struct{}

func (counted) EventType() string { return "tally.counted.v1" }

// A snapshot is due once enough events and enough bytes of them came since the one before.
func TestWhenASnapshotIsDue(t *testing.T) {
	t.Parallel()
	keep := func(s tally, _ domain.Event) tally { return s }
	tallyType := domain.NewStreamType[domain.Event]("tally", keep, counted{}).WithSnapshot(domain.NewJSONSnapshot[tally](1))
	codec, err := NewCodec(tallyType)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		stream domain.Stream
		held   cached
		due    bool
	}{
		"enough of both":           {"tally:a", cached{folded: folded{version: 1_500, position: 9, bytes: 7_000}, kept: kept{1_000, 2_000, 5_000}}, true},
		"the first":                {"tally:a", cached{folded: folded{version: 500, position: 9, bytes: 1}}, true},
		"too few events":           {"tally:a", cached{folded: folded{version: 1_499, position: 9, bytes: 7_000}, kept: kept{1_000, 2_000, 5_000}}, false},
		"too few bytes":            {"tally:a", cached{folded: folded{version: 1_500, position: 9, bytes: 6_999}, kept: kept{1_000, 2_000, 5_000}}, false},
		"not at its end":           {"tally:a", cached{folded: folded{version: 1_500, position: 9, bytes: 7_000}, partial: true}, false},
		"an unknown last event":    {"tally:a", cached{folded: folded{version: 1_500, bytes: 7_000}}, false},
		"a type without snapshots": {"clock:main", cached{folded: folded{version: 1_500, position: 9, bytes: 7_000}}, false},
		"a type that nobody knows": {"other:a", cached{folded: folded{version: 1_500, position: 9, bytes: 7_000}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &states{codec: codec}
			if due := s.due(streamKey{stream: test.stream}, &test.held); due != test.due {
				t.Errorf("due is %v", due)
			}
		})
	}
}
