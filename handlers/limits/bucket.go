package limits

import (
	"context"
	"crypto/sha256"
	"math"
	"sync"
	"time"
)

const (
	// batchesPerSecond sets how often a busy server takes tokens out of a bucket.
	batchesPerSecond = 10
	// tokensLast is the time after which tokens that a server took run out.
	tokensLast = time.Second
)

// rule tells how a bucket fills.
type rule struct {
	perSecond float64
	capacity  float64
}

// batch is the number of tokens that are taken at a time.
func (r rule) batch() float64 { return max(1, math.Floor(r.perSecond/batchesPerSecond)) }

// bucket holds the tokens that this server took out of a shared bucket.
type bucket struct {
	id [sha256.Size]byte

	mu       sync.Mutex // is held while tokens are taken, so that many requests wait for one statement
	tokens   float64
	takenAt  time.Time
	shared   float64   // what the shared bucket had left then
	emptyTo  time.Time // before this there is none
	lastUsed time.Time
}

// takes takes tokens out of shared buckets: at most want of them, and tells how many are left.
type takes func(ctx context.Context, id []byte, r rule, want float64) (got, left float64, err error)

// use takes one token, and tells how many are left for the next requests.
func (b *bucket) use(ctx context.Context, r rule, now time.Time, take takes) (ok bool, left float64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastUsed = now
	if b.tokens >= 1 && now.Sub(b.takenAt) < tokensLast {
		b.tokens--
		return true, b.tokens + b.shared, nil
	}
	if now.Before(b.emptyTo) {
		return false, 0, nil
	}
	got, rest, err := take(ctx, b.id[:], r, r.batch())
	if err != nil {
		return true, 0, err
	}
	b.tokens, b.shared, b.takenAt = got, rest, now
	if got < 1 {
		// There is a whole batch next time, so that a server that refuses most requests asks no more often than one that refuses none.
		b.emptyTo = now.Add(time.Duration((r.batch() - rest) / r.perSecond * float64(time.Second)))
		return false, 0, nil
	}
	b.tokens--
	return true, b.tokens + b.shared, nil
}

// giveBack returns a token that was not used after all.
func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens++
}
