package process

import (
	"context"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

// newsOf names the news of a gateway among what is due. No event leads to it.
const newsOf = "news"

// announcer gives the gateway whose news a ledger waits for, nil where it waits for none.
func (d *Deadlines) announcer(ledger eventstore.Ledger) gateway.Announcer {
	if ledger.Mode != eventstore.ModeSandbox {
		return nil
	}
	announcer, _ := d.gateways[gateway.Sandbox].(gateway.Announcer)
	return announcer
}

// withNews adds to what is due what a gateway has to tell up to an instant.
func (r *round) withNews(ctx context.Context, due []projections.Deadline, until time.Time, limit int) ([]projections.Deadline, error) {
	from := r.announcer(r.ledger)
	if from == nil {
		return due, nil
	}
	announced, err := from.Announced(ctx, r.ledger.ID, until, limit)
	if err != nil || len(announced) == 0 {
		return due, err
	}
	for _, news := range announced {
		told := projections.Deadline{Stream: domain.NewStream(newsOf, news.ID), Kind: newsOf, DueAt: news.At}
		if !slices.Contains(r.left, told) {
			due = append(due, told)
		}
	}
	slices.SortStableFunc(due, func(a, b projections.Deadline) int { return a.DueAt.Compare(b.DueAt) })
	return due[:min(len(due), limit)], nil
}

// hear has the ledger told of news, as a gateway that sends them would. They are forgotten once they are recorded: whoever is cut
// off in between tells them again, and nothing happens twice.
func (r *round) hear(ctx context.Context, due projections.Deadline) (outcome eventstore.Outcome, err error) {
	from, id := r.announcer(r.ledger), due.Stream.Entity()
	news, ok, err := from.Tell(ctx, r.ledger.ID, id)
	if err != nil || !ok {
		return eventstore.Outcome{FirstPosition: 1}, err // somebody was faster: nothing is written
	}
	if c, some := commandOf(news); some {
		if outcome, err = r.store.Execute(ctx, r.ledger, made(newsOf, Caller{Actor: actor}, c)); err != nil {
			return outcome, err
		}
	}
	return outcome, from.Heard(ctx, r.ledger.ID, id)
}

// commandOf makes the command that records news; there is none where nothing happened after all.
func commandOf(news gateway.News) (c command.Command[struct{}], some bool) {
	switch {
	case news.Reverse != nil:
		return command.ReversePayment(news.Payment, *news.Reverse), true
	case news.Dispute != nil:
		return command.TellDispute(news.Payment, *news.Dispute), true
	case news.Refund != nil:
		told := command.Elsewhere{N: news.Refund.N, Reference: news.Refund.Reference, Amount: news.Refund.Amount}
		return command.RefundedElsewhere(news.Payment, told), true
	}
	return c, false
}
