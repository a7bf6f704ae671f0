package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	keyCacheFor = time.Second // a revoked key may go on for so long
	keysCached  = 10_000
)

// Keys authenticates by the API keys of a database. It remembers for a second what it found there, or did not find.
type Keys struct {
	db      eventstore.Querier
	now     func() time.Time
	loading singleflight.Group

	mu    sync.Mutex
	known *simplelru.LRU[string, keyFound]
}

// keyFound holds what the table has of a key id.
type keyFound struct {
	principal endpoint.Principal
	hash      [sha256.Size]byte // none where the key does not exist
	revoked   bool
	expires   *time.Time
	until     time.Time
}

// NewKeys looks keys up in db; now is the system's clock.
func NewKeys(db eventstore.Querier, now func() time.Time) (*Keys, error) {
	known, err := simplelru.NewLRU[string, keyFound](keysCached, nil)
	if err != nil {
		return nil, fmt.Errorf("make the key cache: %w", err)
	}
	return &Keys{db: db, now: now, known: known}, nil
}

// Authenticate finds the principal of the token that a request has. Whatever is wrong with the token, the refusal is the
// same.
func (k *Keys) Authenticate(ctx context.Context, request *http.Request) (endpoint.Principal, error) {
	found, reason, keyID, err := k.judge(ctx, request.Header.Values("Authorization"))
	if err == nil && reason != "" {
		err = endpoint.Unauthenticated("a valid API key is required: Authorization: Bearer <api key>", reason, keyID)
	}
	return found, err
}

// Holder finds the principal of a link that a ledger has handed out, with the secrets that tell whether it has.
func (k *Keys) Holder(ctx context.Context, id uuid.UUID) (holder endpoint.Principal, found bool, err error) {
	err = k.db.QueryRow(ctx, `
		SELECT `+ledgerColumns+`
		FROM tallystick.ledgers l
		WHERE l.ledger_id = $1`, [16]byte(id), k.now()).
		Scan(scanLedger(&holder)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return endpoint.Principal{}, false, nil
	}
	if err != nil {
		return endpoint.Principal{}, false, fmt.Errorf("find ledger %s: %w", id, err)
	}
	return inUTC(holder), true, nil
}

// judge finds the principal, or gives the reason why there is none and the id of the key that was presented.
func (k *Keys) judge(ctx context.Context, authorization []string) (p endpoint.Principal, reason, keyID string, err error) {
	if len(authorization) == 0 {
		return p, "missing", "", nil
	}
	presented, ok := parseToken(authorization)
	if !ok {
		return p, "malformed", presented.id, nil
	}
	found, err := k.find(ctx, presented.id)
	if err != nil {
		return p, "", presented.id, err
	}
	if reason := found.refuses(presented, k.now()); reason != "" {
		return p, reason, presented.id, nil
	}
	return found.principal, "", presented.id, nil
}

// refuses gives the reason why a token is no good, and "" for a good one. It compares the secrets first, whatever else it
// knows, so that every refusal takes as long.
func (f keyFound) refuses(t token, now time.Time) string {
	hash := sha256.Sum256([]byte(t.secret))
	same := subtle.ConstantTimeCompare(hash[:], f.hash[:]) == 1
	switch {
	case f.hash == [sha256.Size]byte{}:
		return "unknown"
	case !same:
		return "wrong secret"
	case t.mode != f.principal.Ledger.Mode:
		return "wrong mode"
	case f.revoked:
		return "revoked"
	case f.expires != nil && !now.Before(*f.expires):
		return "expired"
	}
	return ""
}

// find looks into the cache, then into the table. Callers that miss the same key at the same time share one query.
func (k *Keys) find(ctx context.Context, id string) (keyFound, error) {
	now := k.now()
	k.mu.Lock()
	found, ok := k.known.Get(id)
	k.mu.Unlock()
	if ok && now.Before(found.until) {
		return found, nil
	}
	loaded, err, _ := k.loading.Do(id, func() (any, error) {
		// One caller's leaving must not fail the others, and its deadline is as good as theirs.
		lookup := context.WithoutCancel(ctx)
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			lookup, cancel = context.WithDeadline(lookup, deadline)
			defer cancel()
		}
		found, err := k.load(lookup, id)
		if err != nil {
			return keyFound{}, err
		}
		found.until = now.Add(keyCacheFor)
		k.mu.Lock()
		k.known.Add(id, found)
		k.mu.Unlock()
		return found, nil
	})
	return loaded.(keyFound), err
}

func (k *Keys) load(ctx context.Context, id string) (keyFound, error) {
	var hash []byte
	found := keyFound{principal: endpoint.Principal{Actor: id}}
	err := k.db.QueryRow(ctx, `
		SELECT k.role, k.secret_hash, k.revoked_at IS NOT NULL, k.expires_at, coalesce(k.rate, 0), `+ledgerColumns+`
		FROM tallystick.api_keys k
		JOIN tallystick.ledgers l USING (ledger_id)
		WHERE k.key_id = $1`, id, k.now()).
		Scan(append([]any{&found.principal.Role, &hash, &found.revoked, &found.expires, &found.principal.Rate}, scanLedger(&found.principal)...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return keyFound{}, nil
	}
	if err != nil {
		return keyFound{}, fmt.Errorf("find key %s: %w", id, err)
	}
	copy(found.hash[:], hash)
	found.principal = inUTC(found.principal)
	return found, nil
}

// ledgerColumns read a principal's ledger l as of the time $2. The secret that signs comes first.
const ledgerColumns = `l.ledger_id, l.name, l.mode, coalesce(l.clock, l.created_at), l.created_at,
		       l.secret || ARRAY(SELECT s.secret
		                         FROM tallystick.ledger_secrets s
		                         WHERE s.ledger_id = l.ledger_id AND (s.valid_until IS NULL OR s.valid_until > $2))`

// scanLedger takes ledgerColumns in.
func scanLedger(p *endpoint.Principal) []any {
	return []any{&p.Ledger.ID, &p.Ledger.Name, &p.Ledger.Mode, &p.Ledger.Clock, &p.Ledger.CreatedAt, &p.Secrets}
}

func inUTC(p endpoint.Principal) endpoint.Principal {
	p.Ledger.Clock, p.Ledger.CreatedAt = p.Ledger.Clock.UTC(), p.Ledger.CreatedAt.UTC()
	return p
}
