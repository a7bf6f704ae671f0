package process

import (
	"context"
	"math"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections/webhooks"
)

const (
	// laneBatch limits the deliveries that are read, and recorded, together; laneAtOnce those that are under way.
	laneBatch  = 128
	laneAtOnce = 16
	// laneIdles counts the looks that find nothing until a lane ends; laneIdle is the time between them.
	laneIdles = 4
	laneIdle  = 50 * time.Millisecond
	// deliverActor stands in the events where those of a request have an API key's id.
	deliverActor = "webhooks"
)

// SecretKind sorts the secrets of webhook endpoints among others.
const SecretKind vault.Kind = "webhook"

// SecretName names a secret of an endpoint.
func SecretName(ledger uuid.UUID, endpoint, secret string) vault.Name {
	return vault.Name{Ledger: ledger, Kind: SecretKind, ID: endpoint + "." + secret}
}

// lane sends one endpoint what is new, or what is to be tried again, while it holds the lease on that.
type lane struct {
	*Deliveries
	ledger  eventstore.Ledger
	task    webhooks.Due
	mine    *lease
	secrets map[string]string // by their ids
}

// leases of lanes have ids of their own, beside those of ledgers.
var laneSpace = uuid.MustParse("5f0e6d3c-0d3b-5a8e-9a55-6a4f0c1d7e21")

func (d *Deliveries) newLane(ledger eventstore.Ledger, task webhooks.Due) *lane {
	id := ledger.ID.String() + task.Endpoint
	if task.Again {
		id += " again"
	}
	mine := newLease(d.Pool, uuid.NewSHA1(laneSpace, []byte(id)))
	return &lane{Deliveries: d, ledger: ledger, task: task, mine: mine, secrets: map[string]string{}}
}

// run sends until there is nothing more. It does nothing where another process has the lease.
func (l *lane) run(ctx context.Context) error {
	held, err := l.mine.try(ctx)
	if err != nil || !held {
		return err
	}
	defer l.mine.release(ctx)
	for idles := 0; idles < laneIdles; {
		sent, err := l.sendBatch(ctx)
		if err != nil {
			return err
		}
		if held, err := l.mine.keep(ctx); err != nil || !held {
			return err
		}
		if sent > 0 {
			idles = 0
			continue
		}
		idles++
		select {
		case <-time.After(laneIdle):
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// load holds what a batch is sent by.
type load struct {
	endpoint webhooks.Endpoint
	tasks    []webhooks.Delivery
	events   map[int64]eventstore.Event
	secrets  []string
	now      time.Time // by the ledger's clock
}

// sendBatch sends a batch and records what came of it.
func (l *lane) sendBatch(ctx context.Context) (sent int, err error) {
	defer l.beginBatch(l.ledger.ID)()
	b, err := l.loadBatch(ctx)
	if err != nil || len(b.tasks) == 0 {
		return 0, err
	}
	tried, err := l.sendAll(ctx, b)
	if err != nil {
		return 0, err
	}
	failingSince, err := l.record(ctx, b, tried)
	if err != nil {
		return 0, err
	}
	return len(tried), l.judge(ctx, tried, failingSince)
}

func (l *lane) loadBatch(ctx context.Context) (b load, err error) {
	var found bool
	_, err = l.Engine.Read(ctx, webhooks.Model.Name, l.ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		if b.endpoint, found, err = webhooks.FindEndpoint(ctx, tx, l.ledger.ID, l.task.Endpoint); err != nil || !found {
			return err
		}
		if b.now, err = l.ledger.ClockAt(ctx, tx, math.MaxInt64, l.Now()); err != nil {
			return err
		}
		if l.task.Again {
			b.tasks, err = webhooks.ListAgain(ctx, tx, l.ledger.ID, l.task.Endpoint, l.Now(), laneBatch)
		} else {
			b.tasks, err = webhooks.ListNew(ctx, tx, l.ledger.ID, l.task.Endpoint, laneBatch)
		}
		return err
	})
	if err != nil || len(b.tasks) == 0 {
		return b, err
	}
	if b.events, err = l.Writer.Events(ctx, l.Pool, l.ledger.ID, b.tasks); err != nil {
		return b, err
	}
	for _, id := range b.endpoint.Secrets(b.now) {
		if l.secrets[id] == "" {
			secret, err := l.Vault.Get(ctx, SecretName(l.ledger.ID, b.endpoint.ID, id))
			if err != nil {
				return b, err
			}
			l.secrets[id] = string(secret)
		}
		b.secrets = append(b.secrets, l.secrets[id])
	}
	return b, nil
}

// try is a delivery with what came of it.
type try struct {
	webhooks.Delivery
	at     time.Time // by the ledger's clock
	answer courier.Answer
}

// sendAll sends the tasks, some at a time, and keeps the lease meanwhile. Where the endpoint says that it is gone, the rest is
// not sent; so what it gives are the first tasks, in their order.
func (l *lane) sendAll(ctx context.Context, b load) ([]try, error) {
	tried, done := make([]try, len(b.tasks)), make([]bool, len(b.tasks))
	var gone atomic.Bool
	sending, within := errgroup.WithContext(ctx)
	sending.SetLimit(laneAtOnce)
	finished := make(chan struct{})
	go l.keepLease(within, finished)
	defer close(finished)
	for i, task := range b.tasks {
		sending.Go(func() (err error) {
			if gone.Load() {
				return nil
			}
			tried[i], err = l.send(within, b, task)
			done[i] = err == nil
			if tried[i].answer.Status == http.StatusGone {
				gone.Store(true)
			}
			return err
		})
	}
	if err := sending.Wait(); err != nil {
		return nil, err
	}
	n := 0
	for n < len(done) && done[n] {
		n++
	}
	return tried[:n], nil
}

// keepLease renews the lease until the sending is finished.
func (l *lane) keepLease(ctx context.Context, finished <-chan struct{}) {
	ticker := time.NewTicker(renewAfter)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			// Without the lease the batch goes on: whoever has it sends the same once more.
			_, _ = l.mine.again().try(ctx)
		case <-finished:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (l *lane) send(ctx context.Context, b load, task webhooks.Delivery) (try, error) {
	t := try{Delivery: task, at: l.timeOf(b, task)}
	event := b.events[task.Position]
	body, err := l.Writer.Write(ctx, l.Pool, l.ledger.ID, task, event)
	if err != nil {
		return t, err
	}
	bytes, err := body.Marshal()
	if err != nil {
		return t, err
	}
	defer l.begin(sending{l.ledger.ID, task.Endpoint, task.Position})()
	t.answer, err = l.Sender.Send(ctx, courier.Letter{URL: b.endpoint.URL, ID: event.ID.String(), Body: bytes, Secrets: b.secrets})
	if err == nil {
		l.count(t.answer)
	}
	return t, err
}

// timeOf gives the time of an attempt by the ledger's clock. A sandbox's stands still and is advanced in steps: what was due on
// the way is tried as of its own instant.
func (l *lane) timeOf(b load, task webhooks.Delivery) time.Time {
	switch {
	case l.ledger.Mode == eventstore.ModeLive:
		return l.ledger.Now(l.Now())
	case task.NextAt != nil:
		return *task.NextAt
	case task.Ordered == task.Position:
		return b.events[task.Position].EffectiveAt
	}
	return b.now
}

// failingMax is the time without any delivery after which an endpoint is disabled.
const failingMax = 10 * 24 * time.Hour

// judge disables an endpoint that is gone, or that has failed for long.
func (l *lane) judge(ctx context.Context, tried []try, failingSince *time.Time) error {
	for _, t := range tried {
		if t.answer.Status == http.StatusGone {
			return l.disable(ctx, webhook.ReasonGone)
		}
		if failingSince != nil && !t.answer.Delivered() && t.at.Sub(*failingSince) >= failingMax {
			return l.disable(ctx, webhook.ReasonFailing)
		}
	}
	return nil
}

// disable comes back once the read model shows it, so that nothing more is sent.
func (l *lane) disable(ctx context.Context, reason webhook.Reason) error {
	c := command.ChangeWebhook(l.task.Endpoint, webhook.Disable{Reason: reason})
	outcome, err := l.Store.Execute(ctx, l.ledger, made("disable-webhook-endpoint", Caller{Actor: deliverActor}, c))
	if err != nil {
		return err
	}
	return l.Engine.Await(ctx, l.ledger.ID, outcome.LastPosition, webhooks.Model)
}
