package command

import (
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
)

// RunSubscription carries out the deadlines that are due in a workspace's subscription, each as of its own instant. Whoever
// comes second finds nothing due. An operator may let it bill however far back. It refuses with too_far_behind.
func RunSubscription(name string, operator bool) Command[struct{}] {
	return Command[struct{}]{
		Resource: subscription.Stream(name),
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   append(streamsOf(name), notice.Stream(name)),
		Decide: func(d *eventstore.Decision) (struct{}, error) {
			w := &workspace{d: d, name: name, operator: operator}
			return struct{}{}, w.catchUp()
		},
	}
}

// TellNotices tells of a workspace's invoices that are upcoming or overdue, each as of its own instant.
func TellNotices(name string) Command[struct{}] {
	stream := notice.Stream(name)
	return Command[struct{}]{
		Resource: stream, Reads: []domain.Stream{subscription.Stream(name), account.Stream(name)}, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (struct{}, error) { return struct{}{}, tellNotices(d, name, d.Now()) },
	}
}

// tellNotices tells what is due up to an instant.
func tellNotices(d *eventstore.Decision, name string, until time.Time) error {
	for {
		next, ok := nextNotice(d, name)
		if !ok || next.At.After(until) {
			return nil
		}
		if _, err := applyAt(d, notice.Stream(name), notice.Decide, notice.Command(notice.Tell{Expected: next}), next.At); err != nil {
			return err
		}
	}
}

// nextNotice finds what a workspace is told next.
func nextNotice(d *eventstore.Decision, name string) (notice.Expected, bool) {
	var expected []notice.Expected
	s := eventstore.StateOf[subscription.State](d, subscription.Stream(name))
	if period, ok := s.NextRenewal(); ok {
		if e, ok := notice.Renewal(s.ID, period); ok {
			expected = append(expected, e)
		}
	}
	for _, r := range eventstore.StateOf[account.State](d, account.Stream(name)).Receivables {
		if r.OverdueAt != nil {
			expected = append(expected, notice.Due(r.Invoice, r.Number, *r.OverdueAt))
		}
	}
	return eventstore.StateOf[notice.State](d, notice.Stream(name)).Next(expected)
}

// Retried tells what became of the job that a person had carried out: it is done, or it is left to the runner.
type Retried struct {
	Stream domain.Stream
	Done   bool
}

// RetryJob carries out what is due in a stream, however late, because an operator says so, and lets what is parked there happen
// again. What needs the outside is due at once. It refuses with job_not_found when nothing of the stream is due or parked.
func RetryJob(stream domain.Stream) Command[Retried] {
	run, done := retries(stream)
	return Command[Retried]{
		Resource: stream, Reads: run.Reads, Writes: append(slices.Clip(run.Writes), job.Stream()),
		Decide: func(d *eventstore.Decision) (Retried, error) {
			if _, err := apply(d, job.Stream(), job.Decide, job.Command(job.Release{Stream: stream})); err != nil {
				return Retried{}, err
			}
			_, err := run.Decide(d)
			return Retried{Stream: stream, Done: done}, err
		},
	}
}

// retries gives the command that carries out what is due in a stream, and tells whether it is done then.
func retries(stream domain.Stream) (run Command[struct{}], done bool) {
	switch stream.Type() {
	case subscription.Type.Name:
		run = RunSubscription(stream.Entity(), true)
		return onlyDue(run, stream, func(d *eventstore.Decision) (time.Time, bool) {
			due, ok := eventstore.StateOf[subscription.State](d, stream).NextDeadline()
			return due.At, ok
		}), true
	case trial.Type.Name:
		workspace, family, _ := strings.Cut(stream.Entity(), ":")
		return onlyDue(RemindTrial(workspace, family), stream, func(d *eventstore.Decision) (time.Time, bool) {
			return eventstore.StateOf[trial.State](d, stream).ReminderAt()
		}), true
	case notice.Type.Name:
		return onlyDue(TellNotices(stream.Entity()), stream, func(d *eventstore.Decision) (time.Time, bool) {
			next, ok := nextNotice(d, stream.Entity())
			return next.At, ok
		}), true
	case seating.Type.Name:
		run = Command[struct{}]{
			Reads: []domain.Stream{catalog.Stream(), subscription.Stream(stream.Entity())}, Writes: []domain.Stream{stream},
			Decide: func(d *eventstore.Decision) (struct{}, error) {
				return ExpireInvitations(stream.Entity(), d.Now()).Decide(d)
			},
		}
		return onlyDue(run, stream, func(d *eventstore.Decision) (time.Time, bool) {
			return eventstore.StateOf[seating.State](d, stream).NextLapse()
		}), true
	case payment.Type.Name:
		id := stream.Entity()
		return Command[struct{}]{
			Writes: []domain.Stream{stream},
			Decide: func(d *eventstore.Decision) (none struct{}, err error) {
				if eventstore.StateOf[payment.State](d, stream).ID == "" {
					return none, jobNotFound(stream)
				}
				_, err = apply(d, payment.Stream(id), payment.Decide, payment.Command(payment.Hurry{}))
				return none, err
			},
		}, false
	case billingsync.Type.Name:
		return OnBillingSync(billingsync.Hurry{}), false
	case installation.Type.Name:
		return retryLicense(stream), false
	case refund.Type.Name:
		retry := Quietly(onRefund(stream.Entity(), refund.Hurry{}))
		decide := retry.Decide
		retry.Decide = func(d *eventstore.Decision) (struct{}, error) {
			s := eventstore.StateOf[refund.State](d, stream)
			if _, _, due := s.NextDeadline(); !due && !s.Parked() {
				return struct{}{}, jobNotFound(stream)
			}
			return decide(d)
		}
		return retry, false
	}
	return Refuse[struct{}](stream, jobNotFound(stream)), false
}

// OnBillingSync decides a command on the comparisons of the ledger with its gateways.
func OnBillingSync(c billingsync.Command) Command[struct{}] {
	stream := billingsync.Stream()
	return Command[struct{}]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none struct{}, err error) {
			_, err = apply(d, stream, billingsync.Decide, c)
			return none, err
		},
	}
}

// retryLicense has a license server asked again that is due, or was asked in vain.
func retryLicense(stream domain.Stream) Command[struct{}] {
	return onInstallation(stream.Entity(), func(w *workspace) (none struct{}, err error) {
		if link := w.installed().Link; !w.installed().Active() || link.InVain == 0 && link.NextAt.After(w.d.Now()) {
			return none, jobNotFound(stream)
		}
		return none, w.install(installation.AskSync{})
	})
}

// onlyDue refuses with job_not_found where nothing is due.
func onlyDue(run Command[struct{}], stream domain.Stream, next func(*eventstore.Decision) (time.Time, bool)) Command[struct{}] {
	decide := run.Decide
	run.Decide = func(d *eventstore.Decision) (none struct{}, err error) {
		if at, ok := next(d); !ok || at.After(d.Now()) {
			return none, jobNotFound(stream)
		}
		return decide(d)
	}
	return run
}

func jobNotFound(stream domain.Stream) error {
	return domain.NotFound("job_not_found", "nothing of %s is due", stream)
}

// ParkJob stops a deadline, so that nothing happens by itself until a person has it carried out.
func ParkJob(c job.Park) Command[job.Deadline] {
	return Command[job.Deadline]{
		Resource: job.Stream(), Writes: []domain.Stream{job.Stream()},
		Decide: func(d *eventstore.Decision) (job.Deadline, error) {
			_, err := apply(d, job.Stream(), job.Decide, job.Command(c))
			return c.Deadline, err
		},
	}
}

// OnBooks decides a command on the ledger's books. It gives their state.
func OnBooks(c bookkeeping.Command) Command[bookkeeping.State] {
	return Command[bookkeeping.State]{
		Resource: bookkeeping.Stream(), Writes: []domain.Stream{bookkeeping.Stream()},
		Decide: func(d *eventstore.Decision) (bookkeeping.State, error) {
			return apply(d, bookkeeping.Stream(), bookkeeping.Decide, c)
		},
	}
}

// EndMonth ends the month of the books that is over by a deadline's instant.
func EndMonth(due time.Time) Command[struct{}] {
	return Command[struct{}]{
		Resource: bookkeeping.Stream(), Writes: []domain.Stream{bookkeeping.Stream()},
		Decide: func(d *eventstore.Decision) (none struct{}, err error) {
			_, err = applyAt(d, bookkeeping.Stream(), bookkeeping.Decide, bookkeeping.Command(bookkeeping.EndMonth{}), due)
			return none, err
		},
	}
}
