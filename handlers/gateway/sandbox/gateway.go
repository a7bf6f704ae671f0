package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// errSilent stands for a connection that was closed before the answer.
var errSilent = errors.New("the sandbox gateway closed the connection without an answer")

// Gateway takes nobody's money, as tokens say.
type Gateway struct {
	pool  *pgxpool.Pool
	now   func() time.Time                     // the system's clock
	after func(time.Duration) <-chan time.Time // lets answers take their time
	page  gateway.ActionPage                   // nil where there are no pages
}

// New makes the gateway. Its commits must outlive a crash of the database; now is the system's clock, and after lets answers
// take their time.
func New(pool *pgxpool.Pool, now func() time.Time, after func(time.Duration) <-chan time.Time) *Gateway {
	return &Gateway{pool: pool, now: now, after: after}
}

// Name gives the word for the gateway in the API.
func (*Gateway) Name() string { return gateway.Sandbox }

// Attach looks a token up, which is the same for all workspaces. It refuses with token_unknown or payment_method_declined.
func (g *Gateway) Attach(ctx context.Context, ledger eventstore.Ledger, _, token string) (d paymentmethod.Description, err error) {
	if _, err := g.reach(ctx, ledger); err != nil {
		return d, err
	}
	return describe(token)
}

// Now gives the time by which the gateway goes: that of the ledger's clock.
func (g *Gateway) Now(ctx context.Context, ledger eventstore.Ledger) (time.Time, error) {
	return ledger.ClockAt(ctx, g.pool, math.MaxInt64, g.now())
}

// reach gives the settings, unless the gateway refuses connections.
func (g *Gateway) reach(ctx context.Context, ledger eventstore.Ledger) (Settings, error) {
	settings, err := g.Settings(ctx, ledger.ID)
	if err != nil {
		// Nothing was asked, and nothing is known of how it would have gone.
		return settings, fmt.Errorf("%w: %w", gateway.ErrUnreachable, err)
	}
	if !settings.Available {
		return settings, gateway.ErrUnreachable
	}
	return settings, nil
}

// wait lets system time pass.
func (g *Gateway) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-g.after(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Charge takes money, once for each key.
func (g *Gateway) Charge(ctx context.Context, ledger eventstore.Ledger, c gateway.Charge) (none payment.Answer, err error) {
	settings, err := g.reach(ctx, ledger)
	if err != nil {
		return none, err
	}
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return none, fmt.Errorf("%w: %w", gateway.ErrUnreachable, err)
	}
	made, err := g.take(ctx, ledger.ID, settings, c, now)
	if err != nil {
		return none, err
	}
	behaves := behaviours[made.Part]
	wait := time.Duration(settings.LatencyMS) * time.Millisecond
	if behaves.slow {
		wait += slowness
	}
	if err := g.wait(ctx, wait); err != nil {
		return none, err
	}
	if behaves.silent {
		return none, errSilent
	}
	return g.tell(ctx, ledger, made, now)
}

// tell answers how a charge stands, with the address where the customer confirms it.
func (g *Gateway) tell(ctx context.Context, ledger eventstore.Ledger, c charge, now time.Time) (a payment.Answer, err error) {
	a = c.answer(now)
	if a.NextAction != nil && g.page != nil {
		a.NextAction.URL, err = g.page(ctx, ledger, c.Key, a.NextAction.ExpiresAt)
	}
	return a, err
}

// AskCharge tells how a charge went.
func (g *Gateway) AskCharge(ctx context.Context, ledger eventstore.Ledger, c gateway.Charge) (none payment.Answer, err error) {
	settings, err := g.reach(ctx, ledger)
	if err != nil {
		return none, err
	}
	now, err := g.Now(ctx, ledger)
	if err != nil {
		return none, fmt.Errorf("%w: %w", gateway.ErrUnreachable, err)
	}
	found, ok, err := look(ctx, g.pool, ledger.ID, c.Key)
	if err != nil {
		return none, err
	}
	if err := g.wait(ctx, time.Duration(settings.LatencyMS)*time.Millisecond); err != nil {
		return none, err
	}
	switch asked := behaviours[found.Part].asked; {
	case !ok || asked == never:
		return none, gateway.ErrNeverArrived
	case asked == notAtAll:
		return none, errSilent
	}
	return g.tell(ctx, ledger, found, now)
}

// take finds the charge of a key, or makes it. A token of one part, of which nothing is to be told later, takes one statement.
func (g *Gateway) take(ctx context.Context, ledger uuid.UUID, s Settings, c gateway.Charge, now time.Time) (made charge, err error) {
	if words, ok := parts(c.Token); ok && len(words) == 1 && !behaviours[words[0]].returned && !behaviours[words[0]].disputed {
		if made, err = newCharge(c, words[0], s, now); err != nil {
			return made, err
		}
		return made.saveOrRepeat(ctx, g.pool, ledger)
	}
	err = pgx.BeginFunc(ctx, g.pool, func(tx pgx.Tx) error {
		made, err = takeNext(ctx, tx, ledger, s, c, now)
		return err
	})
	return made, err
}

// takeNext finds the charge of a key, or makes it. Charges of one method take turns, so that each takes the next part.
func takeNext(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, s Settings, c gateway.Charge, now time.Time) (made charge, err error) {
	var before int
	if err := tx.QueryRow(ctx, `
		INSERT INTO tallystick.sandbox_methods AS m (ledger_id, method_id, charges)
		VALUES ($1, $2, 0)
		ON CONFLICT (ledger_id, method_id) DO UPDATE
		SET charges = m.charges
		RETURNING charges`, [16]byte(ledger), c.Method).Scan(&before); err != nil {
		return made, fmt.Errorf("lock a payment method of the sandbox gateway: %w", err)
	}
	known, ok, err := repeat(ctx, tx, ledger, c.Key, now)
	if err != nil || ok {
		return known, err
	}
	words, ok := parts(c.Token)
	if !ok {
		return made, fmt.Errorf("the sandbox gateway does not know the token %q", c.Token)
	}
	if made, err = newCharge(c, words[min(before, len(words)-1)], s, now); err != nil {
		return made, err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE tallystick.sandbox_methods
		SET charges = charges + 1
		WHERE ledger_id = $1 AND method_id = $2`, [16]byte(ledger), c.Method); err != nil {
		return made, fmt.Errorf("count a charge of the sandbox gateway: %w", err)
	}
	if err := made.save(ctx, tx, ledger); err != nil {
		return made, err
	}
	return made, made.foresee(ctx, tx, ledger)
}

// foresee notes what will happen to a charge by other hands.
func (c charge) foresee(ctx context.Context, tx pgx.Tx, ledger uuid.UUID) error {
	switch behaves := behaviours[c.Part]; {
	case behaves.returned:
		return announce(ctx, tx, ledger, newsReturned, c.ID, *c.ReturnedAt)
	case behaves.disputed:
		return openDispute(ctx, tx, ledger, "dp_"+uuid.Must(uuid.NewV7()).String(), c.ID, reasonDefault, c.FirstAt.Add(disputeTime))
	}
	return nil
}
