package standby

import (
	"testing"
	"time"
)

// TestLag measures how long ago the primary passed what was replayed.
func TestLag(t *testing.T) {
	t.Parallel()
	begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	var trail trail
	for i, written := range []int64{100, 100, 200, 300, 300, 300} {
		trail.add(at(i), "one", written)
	}
	for name, c := range map[string]struct {
		replayed int64
		want     time.Duration
	}{
		"all is replayed, however long ago": {300, 0},
		"more than is known of":             {400, 0},
		"the last part is missing":          {200, 7 * time.Second},
		"half of a part is missing":         {150, 8 * time.Second},
		"nothing is replayed":               {0, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := trail.lag(at(10), c.replayed); got != c.want {
				t.Errorf("the lag is %s, want %s", got, c.want)
			}
		})
	}
}

// TestTrailOfAnotherCluster forgets the positions of a cluster that is no more the primary: they mean nothing in another one.
func TestTrailOfAnotherCluster(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var trail trail
	trail.add(now, "one", 5_000)
	trail.add(now, "two", 100)
	if got := trail.lag(now, 100); got != 0 || trail.system != "two" {
		t.Errorf("the lag behind %s is %s", trail.system, got)
	}
}

// TestTrailStaysSmall keeps the newest positions.
func TestTrailStaysSmall(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var trail trail
	for i := range int64(10 * trailMax) {
		trail.add(now.Add(time.Duration(i)*time.Second), "one", i)
	}
	last := int64(10*trailMax - 1)
	if n := len(trail.marks); n > trailMax || trail.marks[n-1].written != last {
		t.Errorf("%d positions are kept, up to %d", n, trail.marks[n-1].written)
	}
}
