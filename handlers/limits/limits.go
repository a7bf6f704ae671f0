package limits

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	// bucketsKept limits the buckets that a server remembers. One that is forgotten costs a statement.
	bucketsKept = 20_000
	// sweepInterval is the time between two removals of shared buckets that nobody uses, which are full.
	sweepInterval = 10 * time.Minute
)

// Settings hold the rates; 0 is no limit.
type Settings struct {
	Key       int // requests of a key in a second, where the key has no rate of its own
	Workspace int // requests to a workspace in a second
	Failures  int // failed authentications from an address in a minute
}

// Limits limits requests by the buckets of a database.
type Limits struct {
	db       DB
	log      *slog.Logger
	settings Settings
	now      func() time.Time

	mu      sync.Mutex
	buckets *simplelru.LRU[[sha256.Size]byte, *bucket]
	swept   time.Time
}

// DB runs the statements that take tokens.
type DB interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}

// New makes limits on a database. Now is the system's clock.
func New(db DB, log *slog.Logger, now func() time.Time, s Settings) (*Limits, error) {
	buckets, err := simplelru.NewLRU[[sha256.Size]byte, *bucket](bucketsKept, nil)
	if err != nil {
		return nil, fmt.Errorf("make the buckets of rate limits: %w", err)
	}
	return &Limits{db: db, log: log, settings: s, now: now, buckets: buckets, swept: now()}, nil
}

// Admit takes a request of a key to a workspace, "" for none, and tells where the tightest of its buckets stands.
func (l *Limits) Admit(ctx context.Context, p endpoint.Principal, workspace string) (standing endpoint.Standing) {
	perKey := p.Rate
	if perKey == 0 {
		perKey = l.settings.Key
	}
	var used []*bucket
	for _, limit := range []struct {
		rate int
		name string
	}{{perKey, "key\x00" + p.Actor}, {l.settings.Workspace, "workspace\x00" + p.Ledger.ID.String() + workspace}} {
		if limit.rate == 0 || limit.name[0] == 'w' && workspace == "" {
			continue
		}
		b := l.bucket(limit.name)
		ok, left := l.use(ctx, b, rule{perSecond: float64(limit.rate), capacity: float64(limit.rate)})
		if !ok {
			// A request that is refused uses up nothing.
			for _, before := range used {
				before.giveBack()
			}
			return endpoint.Standing{Limit: limit.rate, Refused: true}
		}
		used = append(used, b)
		remaining := min(int(math.Floor(left)), limit.rate)
		if standing.Limit == 0 || remaining < standing.Remaining {
			standing = endpoint.Standing{Limit: limit.rate, Remaining: remaining}
		}
	}
	return standing
}

// AdmitFailure counts a failed authentication from an address, and reports whether that may have another one.
func (l *Limits) AdmitFailure(ctx context.Context, address string) bool {
	if l.settings.Failures == 0 {
		return true
	}
	perMinute := float64(l.settings.Failures)
	ok, _ := l.use(ctx, l.bucket("failures\x00"+network(address)), rule{perSecond: perMinute / 60, capacity: perMinute})
	return ok
}

// network gives the part of an address that one client has: whoever has an IPv6 address has a /64 of them.
func network(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(parsed, 64).Masked().String()
}

func (l *Limits) bucket(name string) *bucket {
	id := sha256.Sum256([]byte(name))
	l.mu.Lock()
	defer l.mu.Unlock()
	b, known := l.buckets.Get(id)
	if !known {
		b = &bucket{id: id}
		l.buckets.Add(id, b)
	}
	return b
}

// use lets a request through where the bucket can't be asked.
func (l *Limits) use(ctx context.Context, b *bucket, r rule) (ok bool, left float64) {
	ok, left, err := b.use(ctx, r, l.now(), l.take)
	if err != nil && ctx.Err() == nil {
		l.log.WarnContext(ctx, "a rate limit could not be asked for, letting the request through", slog.Any("error", err))
	}
	return ok, left
}

// take takes tokens out of a shared bucket, which is full where it has no row.
func (l *Limits) take(ctx context.Context, id []byte, r rule, want float64) (got, left float64, err error) {
	const filled = `least($3, b.tokens + greatest(0, extract(epoch FROM statement_timestamp() - b.at)) * $2)`
	err = l.db.QueryRow(ctx, `
		WITH idle AS (
			DELETE FROM tallystick.rate_buckets
			WHERE $5 AND bucket <> $1 AND at < statement_timestamp() - interval '1 hour'
		)
		INSERT INTO tallystick.rate_buckets AS b (bucket, tokens, taken, at)
		VALUES ($1, $3::float8 - least($3::float8, $4::float8), least($3::float8, $4::float8), statement_timestamp())
		ON CONFLICT (bucket) DO UPDATE
		SET tokens = `+filled+` - least($4, floor(`+filled+`)),
		    taken  = least($4, floor(`+filled+`)),
		    at     = greatest(b.at, statement_timestamp())
		RETURNING taken, tokens`, id, r.perSecond, r.capacity, want, l.sweeps()).Scan(&got, &left)
	return got, left, err
}

// sweeps reports whether it is time to remove what nobody uses.
func (l *Limits) sweeps() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.swept) < sweepInterval {
		return false
	}
	l.swept = now
	return true
}
