package engine

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	// pollInterval spaces looks for what every signal missed.
	pollInterval = time.Second
	// fillInterval lets the next page of a ledger fill, once the projection has caught up there.
	fillInterval = 25 * time.Millisecond
	// idleMin and idleMax bound the rest after pages in which the projection read nothing: each makes it longer, since an
	// empty page costs a transaction too. A waiting reader ends any of these rests.
	idleMin, idleMax = 100 * time.Millisecond, time.Second
	// retryInterval spaces attempts while the database is away.
	retryInterval = 250 * time.Millisecond
	// askMax bounds the ledgers of one look, so that a look costs the same however many ledgers have news.
	askMax = 200
	// dueMax bounds the ledgers that a waker remembers. It notes that it missed others, and a sweep finds them again.
	dueMax = 20_000
	// dueKept bounds the ledgers that leave their room behind when nothing is due any more.
	dueKept = 1_000
)

// waker decides when a subscription looks for its next page, and in which ledgers. A look at once costs a transaction
// for every few events under load; a late look makes readers wait; a look at all ledgers costs more the more there are.
// So the waker remembers the ledgers in which something is due.
type waker struct {
	ctx context.Context
	log *slog.Logger

	news chan struct{} // what follows has changed

	mu     sync.Mutex
	due    map[uuid.UUID]attention
	most   int           // of due at once, since it was made
	missed bool          // something is due in a ledger that found no room
	idle   time.Duration // for which a ledger rests that something is heard of; 0 unless the last page was idle
}

// attention remembers a ledger in which something is due.
type attention struct {
	asked  bool      // the present look takes it in, and nothing was heard of it since
	rest   time.Time // not before then
	failed bool      // the rest follows a failure, so that nobody ends it: an earlier look would find nothing
}

func newWaker(ctx context.Context, log *slog.Logger) *waker {
	return &waker{ctx: ctx, log: log, news: make(chan struct{}, 1), due: map[uuid.UUID]attention{}}
}

// HandleError waits after each look, in the subscriber's goroutine. It waits here and not in the subscriber, so that a
// signal can end the waiting.
func (w *waker) HandleError(_ watermill.LoggerAdapter, nothing bool, err error) time.Duration {
	switch {
	case w.ctx.Err() != nil:
		return 0
	case err != nil:
		w.log.Warn("projection can't look for events", slog.Any("error", err))
		pause(w.ctx, retryInterval)
	case nothing:
		w.forgetAsked()
	}
	w.untilDue()
	return 0
}

// untilDue waits until there is a ledger to look at.
func (w *waker) untilDue() {
	for w.ctx.Err() == nil {
		rest := w.rest(time.Now())
		if rest <= 0 {
			return
		}
		timer := time.NewTimer(rest)
		select {
		case <-w.news:
		case <-timer.C:
		case <-w.ctx.Done():
		}
		timer.Stop()
	}
}

// rest tells how long it is until some ledger has rested.
func (w *waker) rest(now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := time.Duration(math.MaxInt64)
	for _, a := range w.due {
		rest = min(rest, a.rest.Sub(now))
	}
	return rest
}

// ask chooses the ledgers of the next look. Chance decides when there are too many, so none waits for ever.
func (w *waker) ask() [][16]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	var asked [][16]byte
	for ledger, a := range w.due {
		a.asked = len(asked) < askMax && !a.rest.After(now)
		if a.asked {
			asked = append(asked, ledger)
		}
		w.due[ledger] = a
	}
	return asked
}

// forgetAsked drops the ledgers of a look that found nothing, but keeps those that had news since.
func (w *waker) forgetAsked() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ledger, a := range w.due {
		if a.asked {
			delete(w.due, ledger)
		}
	}
	if len(w.due) == 0 && w.most > dueKept {
		w.due, w.most = map[uuid.UUID]attention{}, 0 // a map never gives memory back
	}
}

// heard notes that ledgers have news. While a projection reads nothing of what happens, news may gather.
func (w *waker) heard(ledgers ...uuid.UUID) {
	if len(ledgers) == 0 {
		return
	}
	w.mu.Lock()
	for _, ledger := range ledgers {
		a, known := w.due[ledger]
		if !known && len(w.due) >= dueMax {
			w.missed = true
			continue
		}
		if !known && w.idle > 0 {
			a.rest = time.Now().Add(w.idle)
		}
		a.asked = false
		w.due[ledger] = a
	}
	w.most = max(w.most, len(w.due))
	w.mu.Unlock()
	signal(w.news)
}

// takesMissed reports whether there is room again for ledgers that were missed, which a sweep must find.
func (w *waker) takesMissed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.missed || len(w.due) > dueMax/2 {
		return false
	}
	w.missed = false
	return true
}

// hurry makes the next look happen now, because a reader waits for this ledger.
func (w *waker) hurry(ledger uuid.UUID) {
	w.mu.Lock()
	w.wakeUp(ledger)
	w.mu.Unlock()
	signal(w.news)
}

// hurryAll ends every ledger's rest.
func (w *waker) hurryAll() {
	w.mu.Lock()
	for ledger := range w.due {
		w.wakeUp(ledger)
	}
	w.mu.Unlock()
	signal(w.news)
}

func (w *waker) wakeUp(ledger uuid.UUID) {
	a := w.due[ledger]
	if !a.failed {
		a.rest = time.Time{}
	}
	a.asked = false
	w.due[ledger] = a
}

// applied lets a ledger rest after a page that was not full, because the projection keeps up and the next page may
// fill. The rest is longer after idle pages. It runs before the page is acknowledged, hence before the next look.
func (w *waker) applied(page eventstore.PageRange, idle bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := fillInterval
	if !idle {
		w.idle = 0
	} else {
		w.idle = min(max(2*w.idle, idleMin), idleMax)
		rest = w.idle
	}
	if page.Len() >= eventstore.PageMax/2 {
		rest = 0
	}
	w.due[page.Ledger] = attention{rest: time.Now().Add(rest)}
}

// failed keeps a ledger out of the looks until its page may be tried again.
func (w *waker) failed(ledger uuid.UUID, rest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due[ledger] = attention{rest: time.Now().Add(rest), failed: true}
}

// signal leaves a token unless one is there: whoever waits needs only one.
func signal(tokens chan struct{}) {
	select {
	case tokens <- struct{}{}:
	default:
	}
}
