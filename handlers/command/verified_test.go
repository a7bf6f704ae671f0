package command_test

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections/verify"
)

// events gives what was told as the log has it.
func (l *life) events() []eventstore.Event {
	events := make([]eventstore.Event, len(l.told))
	begin, versions := 0, map[domain.Stream]int64{}
	for _, end := range l.ends {
		for i := begin; i < end; i++ {
			told := l.told[i]
			versions[told.Stream]++
			events[i] = eventstore.Event{
				Position: int64(i + 1), GroupLast: int64(end), ID: uuid.NewSHA1(uuid.Nil, []byte{byte(i), byte(i >> 8)}), Stream: told.Stream, Version: versions[told.Stream],
				Type: told.Fact.EventType(), RecordedAt: told.EffectiveAt, EffectiveAt: told.EffectiveAt, Fact: told.Fact,
			}
		}
		begin = end
	}
	return events
}

// checkVerified holds the life against every rule that its events tell by themselves: at each position receivables, credit, tax and
// cash of the books are those of the streams.
func (l *lived) checkVerified() {
	results, err := verify.Rehearse(context.Background(), verify.Options{
		StreamTypes: command.StreamTypes(), Checks: slices.DeleteFunc(verify.Names(), func(name string) bool { return name == "leaves" || name == "positions" }),
	}, l.events())
	if err != nil {
		l.fail("verify: %v", err)
	}
	for _, r := range results {
		if !r.OK {
			l.fail("%s: %d of %d are not as they must be, the first: %s: %s", r.Name, r.Failed, r.Checked, r.First.Object, r.First.Detail)
		}
	}
}

// keepBooks draws how the books are kept.
func (l *lived) keepBooks(t *rapid.T, at time.Time) {
	policy := bookkeeping.Policy{
		TimeZone:          rapid.SampledFrom([]string{"UTC", "America/New_York", "Pacific/Auckland"}).Draw(t, "zone of the books"),
		Recognition:       rapid.SampledFrom(journal.Methods).Draw(t, "recognition"),
		WriteOffTaxRelief: rapid.Bool().Draw(t, "relief"),
	}
	if _, err := l.play(at, plain(command.OnBooks(bookkeeping.SetPolicy{Policy: policy}))); err != nil {
		t.Fatal(err)
	}
}

// endMonths ends the months of the books that are over by an instant, and closes some of them.
func (l *lived) endMonths(at time.Time, closes bool) {
	for l.equation.order != nil {
		s := eventstore.RehearsedState[bookkeeping.State](l.rehearsal, bookkeeping.Stream())
		_, due, ok := s.NextDeadline(l.begun)
		if !ok || due.After(at) {
			return
		}
		_, _ = l.do(due, plain(command.EndMonth(due)))
		if s = eventstore.RehearsedState[bookkeeping.State](l.rehearsal, bookkeeping.Stream()); closes {
			_, _ = l.do(at, plain(command.OnBooks(bookkeeping.Close{Period: s.Ended, Position: int64(len(l.told))})))
		}
	}
}
