package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// delivering is a program that sends webhooks, which may go to this machine, with a way to stop sending as a kill does.
func (b *bench) delivering(timeout time.Duration) (p *program, stop func()) {
	b.t.Helper()
	p = b.program()
	key, err := vault.NewKey(bytes.Repeat([]byte{1}, 32))
	b.must(err)
	writer, err := courier.NewWriter(b.codec, command.StreamTypes())
	b.must(err)
	policy := courier.NewPolicy([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	deliveries := NewDeliveries(DeliveryOptions{
		Store: p.store, Engine: p.engine, Pool: p.pool, Now: b.now, Log: slog.New(slog.DiscardHandler), Vault: vault.New(p.pool, key),
		Writer: writer, Sender: courier.NewSender(policy, timeout, "test"),
	})
	p.Settle, p.deliveries = deliveries.Settle, deliveries
	ctx, cancel := context.WithCancel(b.ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = deliveries.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	b.t.Cleanup(stop)
	return p, stop
}

// listen makes an endpoint.
func (p *program) listen(ledger eventstore.Ledger, url string, types ...string) string {
	p.bench.t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	key, err := vault.NewKey(bytes.Repeat([]byte{1}, 32))
	p.bench.must(err)
	p.bench.must(vault.New(p.pool, key).Put(p.bench.ctx, SecretName(ledger.ID, id, "s"), []byte(courier.NewSecret())))
	do(p, ledger, command.ChangeWebhook(id, webhook.Create{ID: id, Secret: "s", Settings: webhook.Settings{URL: url, Types: types}}))
	return id
}

// happen lets something happen to a workspace that makes news of the type credit.granted.
func (p *program) happen(ledger eventstore.Ledger, workspace string) {
	p.bench.t.Helper()
	amount, err := money.Parse("USD", "1.00")
	p.bench.must(err)
	do(p, ledger, command.GrantCredit(workspace, account.Grant{ID: uuid.NewString(), Amount: amount, Reason: "a gift"}))
}

// sent gives what an endpoint was sent, in the order of its events, once all that is due was tried.
func (p *program) sent(ledger eventstore.Ledger, endpoint string) (all []webhooks.Delivery, found webhooks.Endpoint) {
	p.bench.t.Helper()
	p.bench.must(p.Settle(p.bench.ctx, ledger))
	_, err := p.engine.Read(p.bench.ctx, webhooks.Model.Name, ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		if found, _, err = webhooks.FindEndpoint(ctx, tx, ledger.ID, endpoint); err != nil {
			return err
		}
		all, err = webhooks.ListDeliveries(ctx, tx, ledger.ID, endpoint, webhooks.Filter{}, 0, 100_000)
		return err
	})
	p.bench.must(err)
	slices.Reverse(all)
	return all, found
}

// receiver answers as it is told, and keeps what came.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	came   []courier.News
}

func (b *bench) receiver(status int) *receiver {
	b.t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		var news courier.News
		if err := json.Unmarshal(body, &news); err != nil || news.Data.Event != request.Header.Get("webhook-id") {
			b.t.Errorf("%s, %v", body, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.came = append(r.came, news)
		w.WriteHeader(r.status)
	}))
	b.t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) received() []courier.News {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.came)
}

// told gives the events that came, each once: what is sent may come again.
func (r *receiver) told() map[string]bool {
	told := map[string]bool{}
	for _, news := range r.received() {
		told[news.Data.Event] = true
	}
	return told
}

// TestTheScheduleOfAttempts answers 500 for more than three days, by the clock.
func TestTheScheduleOfAttempts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, _ := b.delivering(pgtest.Patience)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	r := b.receiver(500)
	endpoint := p.listen(ledger, r.URL)
	p.happen(ledger, "acme")
	want, at := []time.Time{begin}, begin
	for _, wait := range waits {
		at = at.Add(wait)
		want = append(want, at)
	}
	for n, at := range want {
		if n > 0 {
			_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, at.Add(-time.Second))
			b.must(err)
		}
		_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, at)
		b.must(err)
		all, _ := p.sent(ledger, endpoint)
		status := webhooks.StatusRetrying
		if n == len(waits) {
			status = webhooks.StatusExhausted
		}
		if len(all) != 1 || len(all[0].Attempts) != n+1 || all[0].Status != status || !all[0].Attempts[n].At.Equal(at) || all[0].Attempts[n].Error != courier.ErrorStatus {
			t.Fatalf("at %v: %+v", at, all)
		}
	}
	t.Run("in one advance", func(t *testing.T) {
		p.happen(ledger, "acme")
		_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, at.AddDate(0, 0, 4))
		b.must(err)
		all, _ := p.sent(ledger, endpoint)
		last := all[len(all)-1]
		if len(last.Attempts) != 10 || last.Status != webhooks.StatusExhausted || !last.Attempts[9].At.Equal(at.Add(at.Sub(begin))) {
			t.Errorf("%+v", last)
		}
	})
}

func TestWaitsOfALiveLedgerAreATenthOff(t *testing.T) {
	t.Parallel()
	for tries := 1; tries <= len(waits); tries++ {
		wait := waits[tries-1]
		for range 200 {
			if got := nextAt(eventstore.ModeLive, begin, tries).Sub(begin); got < wait*9/10-time.Microsecond || got > wait*11/10 {
				t.Errorf("%v after attempt %d, want %v", got, tries, wait)
			}
		}
	}
	if nextAt(eventstore.ModeLive, begin, 10) != nil {
		t.Error("there is an eleventh attempt")
	}
}

// TestEndpointsAreDisabled has one that is gone, and one that delivered nothing for ten days.
func TestEndpointsAreDisabled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, _ := b.delivering(pgtest.Patience)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	gone, failing, fine := b.receiver(410), b.receiver(503), b.receiver(204)
	goneID, failingID, fineID := p.listen(ledger, gone.URL), p.listen(ledger, failing.URL), p.listen(ledger, fine.URL)
	for day := range 12 {
		p.happen(ledger, "acme")
		_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 0, day+1))
		b.must(err)
	}
	if all, e := p.sent(ledger, goneID); e.Reason != webhook.ReasonGone || len(gone.told()) != 1 || all[11].Status != webhooks.StatusCanceled || len(all) != 12 {
		t.Errorf("gone: %+v, %v came", e, gone.told())
	}
	if all, e := p.sent(ledger, failingID); e.Reason != webhook.ReasonFailing || all[0].Status != webhooks.StatusExhausted || all[11].Status != webhooks.StatusCanceled {
		t.Errorf("failing: %+v", e)
	}
	if all, e := p.sent(ledger, fineID); e.Status != webhook.StatusEnabled || len(fine.told()) != 12 || all[11].Status != webhooks.StatusDelivered || e.LastSuccessAt == nil {
		t.Errorf("fine: %+v, %v came", e, fine.told())
	}
	t.Run("enabled again", func(t *testing.T) {
		gone.answer(200)
		do(p, ledger, command.ChangeWebhook(goneID, webhook.Change{Settings: webhook.Settings{URL: gone.URL}, Status: new(webhook.StatusEnabled)}))
		p.happen(ledger, "acme")
		before, _ := p.sent(ledger, goneID)
		if before[0].Status != webhooks.StatusCanceled || before[12].Status != webhooks.StatusDelivered || before[12].Sequence != 13 {
			t.Errorf("%+v", before)
		}
		do(p, ledger, command.ChangeWebhook(goneID, webhook.Replay{From: 1, To: before[11].Position, Last: before[12].Position}))
		all, _ := p.sent(ledger, goneID)
		for i, d := range all {
			if d.Status != webhooks.StatusDelivered || d.Sequence != int64(i+1) || d.Event != before[i].Event {
				t.Errorf("after the replay: %+v", d)
			}
		}
	})
}

// TestOneThatHangsDelaysNoOther has an endpoint that never answers while the sender waits for ever.
func TestOneThatHangsDelaysNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, stop := b.delivering(time.Hour)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	asked := make(chan struct{}, 100)
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer hangs.Close()
	defer stop()
	fine := b.receiver(200)
	p.listen(ledger, hangs.URL)
	p.happen(ledger, "acme")
	<-asked
	p.listen(ledger, fine.URL)
	for range 20 {
		p.happen(ledger, "acme")
	}
	testbed.Eventually(t, "the other endpoint has all", func() bool { return len(fine.told()) == 20 })
}

// TestSendersAreCutOff stops one sender after another in the middle. What came is everything, under the same ids and sequences.
func TestSendersAreCutOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.receiver(200)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	const happenings, workspaces = 240, 3
	p, stop := b.delivering(pgtest.Patience)
	endpoint := p.listen(ledger, r.URL)
	for i := range happenings {
		p.happen(ledger, fmt.Sprint("w", i%workspaces))
		if i%80 == 79 {
			stop()
			b.expireLeases()
			p, stop = b.delivering(pgtest.Patience)
		}
	}
	all, _ := p.sent(ledger, endpoint)
	if len(all) != happenings {
		t.Fatalf("%d deliveries", len(all))
	}
	sequences := map[string]int64{}
	sent := map[string]webhooks.Delivery{}
	for _, d := range all {
		if sequences[d.Workspace]++; d.Status != webhooks.StatusDelivered || d.Sequence != sequences[d.Workspace] {
			t.Errorf("%+v", d)
		}
		sent[d.Event.String()] = d
	}
	came := map[string]bool{}
	for _, news := range r.received() {
		d := sent[news.Data.Event]
		if news.Data.Sequence != d.Sequence || news.Data.Position != d.Position || *news.Data.Workspace != d.Workspace {
			t.Errorf("%+v came, and is %+v", news, d)
		}
		came[news.Data.Event] = true
	}
	if len(came) != happenings {
		t.Errorf("%d of %d came", len(came), happenings)
	}
}

// TestDeliveriesAreJobs lists what is not delivered: what failed goes on, unless a person stops it, and the last attempt leaves it to one.
func TestDeliveriesAreJobs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, _ := b.delivering(pgtest.Patience)
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	r := b.receiver(500)
	endpoint := p.listen(ledger, r.URL)
	for range 3 {
		p.happen(ledger, "acme")
	}
	jobs := func(after webhooks.JobPlace, limit int) (listed []webhooks.Job) {
		t.Helper()
		b.must(p.Settle(b.ctx, ledger))
		_, err := p.engine.Read(b.ctx, webhooks.Model.Name, ledger.ID, 0, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
			listed, err = webhooks.ListJobs(ctx, tx, ledger.ID, webhooks.JobFilter{}, after, limit)
			return err
		})
		b.must(err)
		return listed
	}
	found := jobs(webhooks.JobPlace{}, 9)
	if len(found) != 3 || found[0].Attempts != 1 || found[0].Last.Status != 500 || found[0].Parked || !found[0].NextAt.Equal(begin.Add(waits[0])) || !found[0].DueAt.Equal(begin) {
		t.Fatalf("%+v", found)
	}
	if page := jobs(webhooks.JobPlace{DueAt: found[0].DueAt, Endpoint: endpoint, Position: found[0].Position}, 1); len(page) != 1 || page[0].Position != found[1].Position {
		t.Errorf("behind the first: %+v", page)
	}
	stopped := found[1].Position
	do(p, ledger, command.ChangeWebhook(endpoint, webhook.Park{Position: stopped, Reason: "the shop is closed"}))
	_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 0, 4))
	b.must(err)
	for _, job := range jobs(webhooks.JobPlace{}, 9) {
		attempts := 10
		if job.Position == stopped {
			attempts = 1
		}
		if !job.Parked || job.NextAt != nil || job.Attempts != attempts {
			t.Errorf("%+v, want %d attempts", job, attempts)
		}
	}
	r.answer(204)
	do(p, ledger, command.ChangeWebhook(endpoint, webhook.Redeliver{Positions: []int64{stopped, found[2].Position}}))
	if left := jobs(webhooks.JobPlace{}, 9); len(left) != 1 || left[0].Position != found[0].Position {
		t.Errorf("%+v", left)
	}
	if all, _ := p.sent(ledger, endpoint); len(all[1].Attempts) != 2 || all[1].Status != webhooks.StatusDelivered || len(all[2].Attempts) != 11 {
		t.Errorf("%+v", all)
	}
}

// expireLeases takes the leases from whoever was stopped.
func (b *bench) expireLeases() {
	b.t.Helper()
	conn, err := pgx.Connect(b.ctx, b.url)
	b.must(err)
	defer func() { _ = conn.Close(b.ctx) }()
	_, err = conn.Exec(b.ctx, `DELETE FROM tallystick.leases`)
	b.must(err)
}
