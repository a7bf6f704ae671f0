package engine

import (
	"sync"

	"github.com/google/uuid"
)

// watchers tells those who follow the log of a ledger that it has grown, in this process or in another.
type watchers struct {
	mu   sync.Mutex
	news map[uuid.UUID]map[chan struct{}]struct{}
}

// Watch gives a channel that gets a token when a ledger has news. One token may stand for many appends, and one may come for
// nothing; after a fault of the line to other processes one may be missing, so that a watcher also looks by itself now and
// then. The watcher must call stop.
func (e *Engine) Watch(ledger uuid.UUID) (news <-chan struct{}, stop func()) {
	w := &e.watchers
	token := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.news == nil {
		w.news = map[uuid.UUID]map[chan struct{}]struct{}{}
	}
	if w.news[ledger] == nil {
		w.news[ledger] = map[chan struct{}]struct{}{}
	}
	w.news[ledger][token] = struct{}{}
	return token, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.news[ledger], token)
		if len(w.news[ledger]) == 0 {
			delete(w.news, ledger)
		}
	}
}

func (w *watchers) heard(ledgers ...uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, ledger := range ledgers {
		for token := range w.news[ledger] {
			signal(token)
		}
	}
}
