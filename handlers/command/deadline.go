package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// RunSubscription carries out the deadlines that are due in a workspace's subscription, each as of its own instant. Whoever
// comes second finds nothing due. An operator may let it bill however far back. It refuses with too_far_behind.
func RunSubscription(name string, operator bool) Command[struct{}] {
	return Command[struct{}]{
		Resource: subscription.Stream(name),
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   streamsOf(name),
		Decide: func(d *eventstore.Decision) (struct{}, error) {
			w := &workspace{d: d, name: name, operator: operator}
			return struct{}{}, w.catchUp()
		},
	}
}

// RetryJob carries out the deadlines that are due in a stream, however late, because an operator says so. It refuses with
// job_not_found when nothing is due there that could wait for an operator.
func RetryJob(stream domain.Stream) Command[domain.Stream] {
	run := RunSubscription(stream.Entity(), true)
	return Command[domain.Stream]{
		Resource: run.Resource, Reads: run.Reads, Writes: run.Writes,
		Decide: func(d *eventstore.Decision) (domain.Stream, error) {
			due, ok := eventstore.StateOf[subscription.State](d, run.Resource).NextDeadline()
			if stream != run.Resource || !ok || due.At.After(d.Now()) {
				return stream, domain.NotFound("job_not_found", "nothing of %s is due", stream)
			}
			_, err := run.Decide(d)
			return stream, err
		},
	}
}
