package projections

import (
	"context"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// pollInterval is the truth: every signal may be lost, and then this is how long news takes.
	pollInterval = time.Second
	// fillInterval is how long a projection that keeps up lets its next page fill.
	fillInterval = 25 * time.Millisecond
	// retryInterval spaces attempts while the database is away.
	retryInterval = 250 * time.Millisecond
)

// waker is a subscription's back-off: it decides when to look for the next page. Looking at once costs a transaction for
// every few events under load; looking late makes readers wait.
type waker struct {
	ctx   context.Context
	log   *slog.Logger
	news  chan struct{} // something was appended
	hurry chan struct{} // a reader waits for a position
	full  bool          // the last page was full, so more is there
}

func newWaker(ctx context.Context, log *slog.Logger) *waker {
	return &waker{ctx: ctx, log: log, news: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
}

// HandleError is called by the subscriber's goroutine after each look. It waits here and not in the subscriber, so that
// a signal can end the waiting.
func (w *waker) HandleError(_ watermill.LoggerAdapter, nothing bool, err error) time.Duration {
	switch {
	case w.ctx.Err() != nil:
	case err != nil:
		w.log.Warn("projection can't look for events", slog.Any("error", err))
		pause(w.ctx, retryInterval)
	case nothing:
		w.wait(pollInterval, w.news)
	case !w.full:
		w.wait(fillInterval, nil)
	}
	w.full = false
	return 0
}

func (w *waker) wait(d time.Duration, news <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-news:
	case <-w.hurry:
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// applied notes how full a page was. It runs before the page is acknowledged, hence before the next HandleError.
func (w *waker) applied(page eventstore.PageRange) {
	w.full = page.To-page.From+1 >= eventstore.PageMax/2
}

// signal leaves a token if there is none; whoever waits needs only one.
func signal(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}
