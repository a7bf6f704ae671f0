package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
)

// newerRest spaces the looks at a page that holds an event of a newer release. A process of that release may apply it.
const newerRest = time.Second

// waiting names a page that waits for a newer program, by its first position.
type waiting struct {
	projection string
	ledger     uuid.UUID
	from       int64
}

// noteNewer notes that this process can't go on behind a position, and logs it once.
func (e *Engine) noteNewer(projection string, page eventstore.PageRange, cause *eventstore.NewerReleaseError) {
	e.codec.Meet(cause)
	at := waiting{projection: projection, ledger: page.Ledger, from: page.From}
	e.mu.Lock()
	_, known := e.newer[at]
	e.newer[at] = cause
	e.mu.Unlock()
	if !known {
		e.log.Error("read model waits for a newer release of the program", slog.String("projection", projection),
			slog.String("ledger", page.Ledger.String()), slog.Int64("from", page.From), slog.Any("error", cause))
	}
}

// orNewer tells of a read model that is behind or fills whether it waits for a newer program.
func (e *Engine) orNewer(ledger uuid.UUID, err error) error {
	behind, isBehind := errors.AsType[*BehindError](err)
	filling, isFilling := errors.AsType[*FillingError](err)
	if !isBehind && !isFilling {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for at, newer := range e.newer {
		if isFilling && at.projection == filling.Projection ||
			isBehind && at == (waiting{projection: behind.Projection, ledger: ledger, from: behind.Position + 1}) {
			return newer
		}
	}
	return err
}

// forgiveUnknown lets the program's versions go on which a program stopped that landed before NewerReleaseError, because an
// event was unknown to it.
func (e *Engine) forgiveUnknown(ctx context.Context, versions []string) error {
	_, err := e.pool.Exec(ctx, `
		DELETE FROM tallystick.projection_failures
		WHERE status = 'stopped' AND projection || '@' || version = ANY ($1) AND error LIKE '%is unknown to this version of the program'`,
		versions)
	if err != nil {
		return fmt.Errorf("let read models go on that met unknown events: %w", err)
	}
	return nil
}
