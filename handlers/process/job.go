package process

import (
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/projections"
)

// Trouble tells of a deadline that this process could not carry out.
type Trouble struct {
	Attempts int
	Code     string
	Detail   string
	NextAt   time.Time // when this process tries again, by the system's clock
}

// codeFailed is the code of what no rule refused.
const codeFailed = "failed"

// Job tells of a deadline whether this process is at it, and what it met before.
func (d *Deadlines) Job(ledger uuid.UUID, deadline projections.Deadline) (running bool, met Trouble) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := parkedDeadline{ledger, deadline}
	return d.sent[key] || d.flying[flightOf(ledger, deadline)], d.troubles[key]
}

// Recall lets what this process left alone in a stream be tried at once.
func (d *Deadlines) Recall(ledger uuid.UUID, of projections.Deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.parked {
		if key.ledger == ledger && key.Stream == of.Stream {
			delete(d.parked, key)
		}
	}
}

func (d *Deadlines) trouble(ledger uuid.UUID, deadline projections.Deadline, why string, more []slog.Attr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := parkedDeadline{ledger, deadline}
	met := d.troubles[key]
	met.Attempts, met.Code, met.Detail, met.NextAt = met.Attempts+1, codeFailed, why, d.now().Add(parkedFor)
	for _, attr := range more {
		if attr.Key == "code" {
			met.Code = attr.Value.String()
		}
	}
	d.troubles[key] = met
}

func (d *Deadlines) forget(ledger uuid.UUID, deadline projections.Deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.troubles, parkedDeadline{ledger, deadline})
}
