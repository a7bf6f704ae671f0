package job

import (
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var now = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)

func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	renewal := Deadline{Kind: "renewal", Stream: "subscription:acme", DueAt: now}
	domain.CheckShapes(t, Type, files, Parked{Deadline: renewal, Reason: "asked for", ParkedAt: now}, Released{Stream: "subscription:acme"})
	renewal.Kind, renewal.Stream, renewal.Subject = "invitation", "seating:acme", "ann"
	domain.CheckShape(t, files, "job.parked.v1.subject", Parked{Deadline: renewal, Reason: "asked for", ParkedAt: now})
}

func TestParking(t *testing.T) {
	t.Parallel()
	var s State
	meta := domain.Meta{Now: now}
	do := func(c Command, want int) {
		t.Helper()
		facts, err := Decide(s, c, meta)
		if err != nil || len(facts) != want {
			t.Fatalf("%+v: %d facts, %v", c, len(facts), err)
		}
		for _, fact := range facts {
			s = Evolve(s, fact)
		}
	}
	one := Deadline{Kind: "renewal", Stream: "subscription:acme", DueAt: now}
	later, other := one, Deadline{Kind: "invitation", Stream: "seating:acme", Subject: "ann", DueAt: now}
	later.DueAt = now.AddDate(0, 1, 0)
	do(Park{one, "asked for"}, 1)
	do(Park{one, "asked for again"}, 0)
	do(Park{other, "asked for"}, 1)
	do(Park{later, "the next one"}, 1)
	if len(s.Parked) != 2 {
		t.Errorf("parked are %+v", s.Parked)
	}
	do(Release{"subscription:acme"}, 1)
	do(Release{"subscription:acme"}, 0)
	do(Release{"seating:acme"}, 1)
	if len(s.Parked) != 0 {
		t.Errorf("parked are %+v", s.Parked)
	}
	for _, reason := range []string{"", string(make([]byte, 501))} {
		if _, err := Decide(s, Park{one, reason}, meta); err == nil {
			t.Errorf("the reason %q is taken", reason)
		}
	}
}
