package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	keyCacheFor = 5 * time.Second // a revoked key may go on for so long
	keysCached  = 10_000
)

// Keys are the API keys of a database. A look-up remembers for five seconds what it found, or did not find. The zero value
// creates, revokes and lists, and authenticates nobody.
type Keys struct {
	db      eventstore.Querier
	now     func() time.Time
	loading singleflight.Group

	mu    sync.Mutex
	known *simplelru.LRU[string, keyFound]
}

// keyFound holds what the table has of a key id; a key that does not exist or is revoked has no ledger.
type keyFound struct {
	principal endpoint.Principal
	hash      [sha256.Size]byte
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
	mode, id, secret, ok := parseToken(request.Header.Values("Authorization"))
	if !ok {
		return endpoint.Principal{}, unauthenticated()
	}
	found, err := k.find(ctx, id)
	if err != nil {
		return endpoint.Principal{}, err
	}
	hash := sha256.Sum256([]byte(secret))
	same := subtle.ConstantTimeCompare(hash[:], found.hash[:]) == 1
	if !same || mode != string(found.principal.Ledger.Mode) {
		return endpoint.Principal{}, unauthenticated()
	}
	return found.principal, nil
}

func unauthenticated() error {
	return endpoint.Unauthenticated("a valid API key is required: Authorization: Bearer <api key>")
}

// parseToken reads "Bearer tally_<mode>_<key id>_<secret>".
func parseToken(values []string) (mode, id, secret string, ok bool) {
	if len(values) != 1 {
		return "", "", "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	rest, named := strings.CutPrefix(token, "tally_")
	mode, rest, _ = strings.Cut(rest, "_")
	id, secret, _ = strings.Cut(rest, "_")
	ok = named && strings.EqualFold(scheme, "Bearer") && len(id) == keyIDLen && len(secret) == secretLen && isBase62(id) && isBase62(secret)
	return mode, id, secret, ok
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
		// One caller's leaving must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keyCacheFor)
		defer cancel()
		found, err := k.load(ctx, id)
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
	ledger := &found.principal.Ledger
	err := k.db.QueryRow(ctx, `
		SELECT k.role, k.secret_hash, l.ledger_id, l.name, l.mode, coalesce(l.clock, l.created_at), l.created_at, l.secret
		FROM tallystick.api_keys k
		JOIN tallystick.ledgers l USING (ledger_id)
		WHERE k.key_id = $1 AND k.revoked_at IS NULL`, id).
		Scan(&found.principal.Role, &hash, &ledger.ID, &ledger.Name, &ledger.Mode, &ledger.Clock, &ledger.CreatedAt, &found.principal.Secret)
	if errors.Is(err, pgx.ErrNoRows) {
		return keyFound{}, nil
	}
	if err != nil {
		return keyFound{}, fmt.Errorf("find key %s: %w", id, err)
	}
	ledger.Clock, ledger.CreatedAt = ledger.Clock.UTC(), ledger.CreatedAt.UTC()
	copy(found.hash[:], hash)
	return found, nil
}
