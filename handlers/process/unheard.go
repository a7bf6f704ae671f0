package process

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
)

const (
	// unheardInterval is the time between two looks for messages of which nothing became. What came since the last look is left
	// to whoever hears it.
	unheardInterval = time.Minute
	// unheardPage limits the messages that are in memory at once.
	unheardPage = 50
)

// hearAgain begins to do what follows from the messages whose hearing was cut off, unless that is under way, or was done lately.
// The first look of a process takes all of them. Like another delivery by the gateway, it does no harm beside whoever still hears
// one of them.
func (d *Deadlines) hearAgain(ctx context.Context, failed func(error)) {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.accounts == nil || d.rehearing || now.Before(d.heardAt.Add(unheardInterval)) {
		return
	}
	before := now
	if !d.heardAt.IsZero() {
		before = d.heardAt
	}
	d.rehearing, d.heardAt = true, now
	d.roundsEnd.Go(func() {
		err := d.hearUnheard(ctx, before)
		d.mu.Lock()
		d.rehearing = false
		d.mu.Unlock()
		if err != nil {
			failed(err)
		}
	})
}

// hearUnheard does what follows from the messages that came by an instant and of which nothing became. One that fails holds up no
// other.
func (d *Deadlines) hearUnheard(ctx context.Context, before time.Time) error {
	for after := int64(0); ; {
		unheard, err := d.accounts.Unheard(ctx, before, after, unheardPage)
		if err != nil || len(unheard) == 0 {
			return err
		}
		after = unheard[len(unheard)-1].Position
		for _, u := range unheard {
			if err := d.hearOne(ctx, u); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil {
				d.log.WarnContext(ctx, "a message of a gateway is left for later", slog.String("gateway", u.Gateway), slog.String("message", u.ID), slog.Any("error", err))
			}
		}
	}
}

// hearOne does what follows from a message that is kept.
func (d *Deadlines) hearOne(ctx context.Context, u accounts.Unheard) error {
	ledgers, err := d.known(ctx, []uuid.UUID{u.Ledger})
	if err != nil {
		return err
	}
	teller, ok := d.gateways[u.Gateway].(gateway.Teller)
	if !ok {
		return fmt.Errorf("the gateway %s told something, and tells nothing", u.Gateway)
	}
	return d.heed(ctx, ledgers[u.Ledger], teller.Read(u.Body), u.ID, u.First)
}
