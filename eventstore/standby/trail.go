package standby

import "time"

// trailMax keeps the primary's positions of the last ten minutes or so.
const trailMax = 1_200

// trail remembers when the primary had which position of its write-ahead log.
type trail struct {
	system string // names the primary's cluster
	marks  []mark // in order of time
}

type mark struct {
	at      time.Time
	written int64
}

// add notes a position. The same position keeps its earliest time.
func (t *trail) add(at time.Time, system string, written int64) {
	if t.system != system {
		*t = trail{system: system}
	}
	if n := len(t.marks); n > 0 && t.marks[n-1].written == written {
		return
	}
	if len(t.marks) == trailMax {
		t.marks = append(t.marks[:0], t.marks[trailMax/2:]...)
	}
	t.marks = append(t.marks, mark{at, written})
}

// lag gives the time since the primary passed what was replayed; 0 where all that is known of it was replayed.
func (t *trail) lag(now time.Time, replayed int64) time.Duration {
	for _, m := range t.marks {
		if m.written > replayed {
			return now.Sub(m.at)
		}
	}
	return 0
}
