package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/gateway"
)

// Result tells what became of a message.
type Result string

const (
	Applied   Result = "applied"   // something changed by it
	Duplicate Result = "duplicate" // one with its id came before
	Stale     Result = "stale"     // all that it says was known
	Ignored   Result = "ignored"   // it says nothing that concerns the ledger
	Unmatched Result = "unmatched" // it is of a charge that is not known yet
)

// Results lists all of them.
var Results = []Result{Applied, Duplicate, Stale, Ignored, Unmatched}

// Message holds what a gateway sent.
type Message struct {
	ID         string
	Position   int64 // among the ledger's messages
	Gateway    string
	GatewayID  string
	Type       string
	ReceivedAt time.Time // by the system's clock
	Result     Result
	Payment    string // empty for none
}

// nameMax bounds what a gateway calls a message.
const nameMax = 255

// plain makes a name of a gateway's storable.
func plain(name string) string {
	name = strings.ReplaceAll(strings.ToValidUTF8(name, "?"), "\x00", "?")
	if runes := []rune(name); len(runes) > nameMax {
		return string(runes[:nameMax])
	}
	return name
}

// Keep keeps a message as it came. It gives its id, and the id of the first with the gateway's id, whose result stands for all.
func (a *Accounts) Keep(ctx context.Context, ledger uuid.UUID, n gateway.Notice, body []byte, now time.Time) (id, first string, err error) {
	id = uuid.Must(uuid.NewV7()).String()
	err = a.pool.QueryRow(ctx, `
		WITH kept AS (
			INSERT INTO tallystick.gateway_messages (ledger_id, message_id, gateway, gateway_id, type, reference, received_at, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			RETURNING message_id, position
		)
		SELECT m.message_id
		FROM (
			SELECT m.message_id, m.position
			FROM tallystick.gateway_messages m
			WHERE m.ledger_id = $1 AND m.gateway = $3 AND m.gateway_id = $4 AND $4 <> ''
			UNION ALL
			SELECT kept.message_id, kept.position
			FROM kept
		) AS m
		ORDER BY m.position
		LIMIT 1`, [16]byte(ledger), id, n.Gateway, plain(n.ID), plain(n.Type), plain(n.Reference), now, body).Scan(&first)
	if err != nil {
		return "", "", fmt.Errorf("keep a message of a gateway: %w", err)
	}
	return id, first, nil
}

// Resolve notes what became of a message.
func (a *Accounts) Resolve(ctx context.Context, ledger uuid.UUID, id string, result Result, payment string) error {
	_, err := a.pool.Exec(ctx, `
		UPDATE tallystick.gateway_messages
		SET result = $3, payment = nullif($4, '')
		WHERE ledger_id = $1 AND message_id = $2`, [16]byte(ledger), id, string(result), payment)
	if err != nil {
		return fmt.Errorf("note what became of a message of a gateway: %w", err)
	}
	return nil
}

// ResultOf tells what became of a message, and "" where that is not known yet.
func (a *Accounts) ResultOf(ctx context.Context, ledger uuid.UUID, id string) (result Result, err error) {
	err = a.pool.QueryRow(ctx, `
		SELECT coalesce(result, '')
		FROM tallystick.gateway_messages
		WHERE ledger_id = $1 AND message_id = $2`, [16]byte(ledger), id).Scan(&result)
	if err != nil {
		return "", fmt.Errorf("read what became of a message of a gateway: %w", err)
	}
	return result, nil
}

// Waiting is a message that nothing was known of.
type Waiting struct {
	ID   string
	Body []byte
}

// waitingMax bounds how many messages of one charge are looked at again.
const waitingMax = 100

// WaitingFor lists the messages that wait for a charge to be known, oldest first.
func (a *Accounts) WaitingFor(ctx context.Context, ledger uuid.UUID, gateway, reference string) ([]Waiting, error) {
	rows, err := a.pool.Query(ctx, `
		SELECT message_id, body
		FROM tallystick.gateway_messages
		WHERE ledger_id = $1 AND gateway = $2 AND reference = $3 AND result = 'unmatched'
		ORDER BY position
		LIMIT $4`, [16]byte(ledger), gateway, plain(reference), waitingMax)
	if err == nil {
		var found []Waiting
		if found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Waiting]); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("list the messages that wait for a charge: %w", err)
}

// Filter chooses messages. The zero value chooses all.
type Filter struct{ Gateway, Result, Payment string }

// List lists messages in the order in which they came, from behind a position. One of which nothing has become yet is not among
// them.
func (a *Accounts) List(ctx context.Context, ledger uuid.UUID, f Filter, after int64, limit int) ([]Message, error) {
	rows, err := a.pool.Query(ctx, `
		SELECT message_id, position, gateway, gateway_id, type, received_at, result, coalesce(payment, '')
		FROM tallystick.gateway_messages
		WHERE ledger_id = $1 AND position > $2 AND result IS NOT NULL AND ($4 = '' OR gateway = $4) AND ($5 = '' OR result = $5)
		  AND ($6 = '' OR payment = $6)
		ORDER BY position
		LIMIT $3`, [16]byte(ledger), after, limit, f.Gateway, f.Result, f.Payment)
	if err == nil {
		var found []Message
		if found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Message]); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("list the messages of gateways: %w", err)
}

// Body gives a message as it came.
func (a *Accounts) Body(ctx context.Context, ledger uuid.UUID, id string) (body []byte, found bool, err error) {
	err = a.pool.QueryRow(ctx, `
		SELECT body
		FROM tallystick.gateway_messages
		WHERE ledger_id = $1 AND message_id = $2`, [16]byte(ledger), id).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read a message of a gateway: %w", err)
	}
	return body, true, nil
}

// Unheard is a message of which nothing became: whoever heard it was cut off.
type Unheard struct {
	Ledger   uuid.UUID
	Position int64 // among the messages of all ledgers
	ID       string
	First    string // the first with the gateway's id, whose result stands for all
	Gateway  string
	Body     []byte
}

// Unheard lists the messages of all ledgers that came before an instant and of which nothing became, oldest first, from behind
// a position.
func (a *Accounts) Unheard(ctx context.Context, before time.Time, after int64, limit int) ([]Unheard, error) {
	rows, err := a.pool.Query(ctx, `
		SELECT m.ledger_id, m.position, m.message_id, coalesce((
			SELECT f.message_id
			FROM tallystick.gateway_messages f
			WHERE f.ledger_id = m.ledger_id AND f.gateway = m.gateway AND f.gateway_id = m.gateway_id AND m.gateway_id <> ''
			ORDER BY f.position
			LIMIT 1), m.message_id), m.gateway, m.body
		FROM tallystick.gateway_messages m
		WHERE m.result IS NULL AND m.position > $1 AND m.received_at <= $2
		ORDER BY m.position
		LIMIT $3`, after, before, limit)
	if err == nil {
		var found []Unheard
		if found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Unheard]); err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("list the messages of gateways of which nothing became: %w", err)
}
