package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/tallystick/tallystick/eventstore"
)

// runner feeds one version of a projection from Watermill, over all ledgers.
type runner struct {
	engine     *Engine
	projection Projection
	version    version
	wake       *waker
}

// run subscribes and applies pages until ctx ends. Only cancelling stops a watermill-sql subscriber cleanly: closing it
// commits what an unfinished handler has written through it, so nothing of ours is written through it.
func (r *runner) run(ctx context.Context, feed *sql.DB) error {
	ackDeadline := 24 * time.Hour // a page may take long, and redelivering it meanwhile would only make it wait
	// Watermill's own troubles are no news: its transaction holds nothing of ours, the waker logs why there are no
	// pages, and handle logs why one is not applied.
	logger := watermill.NewSlogLoggerWithLevelMapping(r.log(),
		map[slog.Level]slog.Level{slog.LevelInfo: slog.LevelDebug, slog.LevelError: slog.LevelDebug})
	subscriber, err := watermillsql.NewSubscriber(feed, watermillsql.SubscriberConfig{
		ConsumerGroup:  r.version.String(),
		AckDeadline:    &ackDeadline,
		SchemaAdapter:  eventstore.Feed{},
		OffsetsAdapter: offsets{r.version, r.wake},
		BackoffManager: r.wake,
	}, logger)
	if err != nil {
		return fmt.Errorf("subscribe %s: %w", r.version, err)
	}
	router, err := message.NewRouter(message.RouterConfig{}, logger)
	if err != nil {
		return fmt.Errorf("route %s: %w", r.version, err)
	}
	router.AddConsumerHandler(r.version.String(), eventstore.Topic, subscriber, r.handle)
	if err := router.Run(ctx); err != nil {
		return fmt.Errorf("run %s: %w", r.version, err)
	}
	return nil
}

// handle applies the pages of a message. It always acknowledges the message: noteFailure records a failure beside the
// checkpoint, and the select offers the page again when its time has come. A message given back would be sent again in
// the same transaction, for ever.
func (r *runner) handle(msg *message.Message) error {
	ctx := msg.Context()
	batch, err := eventstore.DecodeBatch(msg)
	if err != nil {
		logFailure(ctx, r.log(), "pages could not be read", err)
		pause(ctx, retryInterval)
		return nil
	}
	leave, err := r.engine.enter(ctx)
	if err != nil {
		return nil // the program ends, and the next one applies the pages
	}
	defer leave()
	if !r.applyTogether(ctx, batch.Pages) {
		for _, page := range batch.Pages {
			r.applyAlone(ctx, page)
		}
	}
	if !batch.More {
		r.wake.forgetAsked()
	}
	return nil
}

// applyTogether applies pages of several ledgers in one transaction. Where it fails, each must be tried alone, so that
// one ledger's event stops nobody else.
func (r *runner) applyTogether(ctx context.Context, pages []eventstore.PageRange) bool {
	if len(pages) == 1 {
		return false
	}
	var idle []bool
	err := r.safely(func() (err error) {
		idle, err = r.applyPages(ctx, pages)
		return err
	})
	if err != nil {
		r.log().DebugContext(ctx, "pages are tried one by one", slog.Any("error", err))
		return false
	}
	for i, page := range pages {
		r.done(page, idle[i])
	}
	return true
}

// applyAlone applies a page, or records why it could not.
func (r *runner) applyAlone(ctx context.Context, page eventstore.PageRange) {
	idle := false
	err := r.safely(func() (err error) {
		idle, err = r.applyPage(ctx, page)
		return err
	})
	if err == nil {
		r.done(page, idle)
		return
	}
	if ctx.Err() != nil {
		return // the program ends, and the next one applies the page
	}
	log := r.log().With(slog.String("ledger", page.Ledger.String()), slog.Int64("from", page.From))
	logFailure(ctx, log, "projection failed", err)
	rest, err := r.noteFailure(ctx, page, err)
	if err != nil {
		logFailure(ctx, log, "failure could not be noted", err)
		rest = retryInterval
	}
	r.wake.failed(page.Ledger, rest)
}

// done tells the waker and the waiting readers that a page is applied.
func (r *runner) done(page eventstore.PageRange, idle bool) {
	r.wake.applied(page, idle)
	r.engine.positions.advance(r.version.projection, page.Ledger, page.To)
}

func (r *runner) log() *slog.Logger {
	return r.engine.log.With(slog.String("projection", r.version.String()))
}

// logFailure logs a fault as an error, and an unreachable database as a warning. noteNewer logs an event of a newer release.
func logFailure(ctx context.Context, log *slog.Logger, msg string, err error) {
	level := slog.LevelError
	if _, newer := errors.AsType[*eventstore.NewerReleaseError](err); newer {
		level = slog.LevelDebug
	} else if eventstore.IsUnavailable(err) {
		level = slog.LevelWarn
	}
	log.Log(ctx, level, msg, slog.Any("error", err))
}

// safely turns a panic in a projection into an error, so it stops that projection and no other.
func (r *runner) safely(apply func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			r.log().Error("projection panicked", slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return apply()
}
