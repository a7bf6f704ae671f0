package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest"
)

var (
	stepKills = flag.Int("step-kills", 1, "how often a server is killed at each step of each process manager")
	// impatience is the time for which a gateway is waited for that takes longer. A charge must arrive within it.
	impatience = flag.Duration("step-impatience", 10*time.Second, "how long a gateway is waited for that answers too late")
)

// step is a point at which a server is killed while each process manager has something under way.
type step struct {
	name string
	at   string // the point: attempted, arrives, records, forgets, ladder, compares, or slow, which is wherever the gateway takes its time
	// kept has the database finish what the server asked for before it was killed; else that is rolled back.
	kept bool
	late bool // the gateway answers after its timeout
	away bool // the gateway can't be reached for a while after the kill
}

// killSteps lists the steps: an attempt is written and nobody was asked; somebody was asked, who has not noted it; the answer is not recorded, or
// is and nobody heard; news are recorded and not forgotten.
var killSteps = []step{
	{name: "the attempt is lost", at: "attempted"},
	{name: "the attempt is written", at: "attempted", kept: true},
	{name: "the attempt is written, and the gateway is away", at: "attempted", kept: true, away: true},
	{name: "what is sent is lost", at: "arrives"},
	{name: "the other side takes its time", at: "slow"},
	{name: "the answer is lost", at: "records"},
	{name: "the answer is lost, and the gateway is away", at: "records", away: true},
	{name: "the answer is recorded", at: "records", kept: true},
	{name: "the answer comes too late, and that is lost", at: "records", late: true},
	{name: "the answer comes too late, and that is recorded", at: "records", late: true, kept: true},
	{name: "news are recorded, and told again", at: "forgets"},
	{name: "news are forgotten", at: "forgets", kept: true},
	{name: "a step of dunning is lost", at: "ladder"},
	{name: "a step of dunning is taken", at: "ladder", kept: true},
	{name: "what was compared is lost", at: "compares"},
	{name: "what was compared is recorded", at: "compares", kept: true},
}

// stops lets a point be stopped at: whatever a server has the database write there waits for as long as the point is armed, and
// holds a lock that names the ledger.
const stops = `
	CREATE SCHEMA steps;
	CREATE TABLE steps.armed (point text PRIMARY KEY);
	CREATE FUNCTION steps.stop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
	DECLARE
		v_row record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
	BEGIN
		WHILE EXISTS (SELECT FROM steps.armed WHERE point = TG_ARGV[0]) LOOP
			PERFORM pg_try_advisory_xact_lock(4711, hashtext(v_row.ledger_id::text));
			PERFORM pg_sleep(0.005);
		END LOOP;
		RETURN v_row;
	END $$;
	GRANT USAGE ON SCHEMA steps TO PUBLIC;
	GRANT EXECUTE ON FUNCTION steps.stop TO PUBLIC;
	CREATE TRIGGER arrives BEFORE INSERT OR UPDATE ON tallystick.sandbox_charges FOR EACH ROW EXECUTE FUNCTION steps.stop('arrives');
	CREATE TRIGGER forgets BEFORE DELETE ON tallystick.sandbox_news FOR EACH ROW EXECUTE FUNCTION steps.stop('forgets');
	CREATE TRIGGER records BEFORE INSERT ON tallystick.webhook_outcomes FOR EACH ROW EXECUTE FUNCTION steps.stop('records');
	CREATE TRIGGER attempted BEFORE INSERT ON tallystick.events FOR EACH ROW
		WHEN (NEW.type IN ('payment.attempted.v1', 'refund.attempted.v1')) EXECUTE FUNCTION steps.stop('attempted');
	CREATE TRIGGER records BEFORE INSERT ON tallystick.events FOR EACH ROW
		WHEN (NEW.type IN ('payment.answered.v1', 'payment.asked.v1', 'payment.disputed.v1', 'refund.answered.v1', 'refund.asked.v1'))
		EXECUTE FUNCTION steps.stop('records');
	CREATE TRIGGER ladder BEFORE INSERT ON tallystick.events FOR EACH ROW
		WHEN (NEW.type IN ('subscription.became_past_due.v1', 'subscription.restricted.v1', 'subscription.canceled.v1'))
		EXECUTE FUNCTION steps.stop('ladder');
	CREATE TRIGGER compares BEFORE INSERT ON tallystick.events FOR EACH ROW
		WHEN (NEW.type = 'billing_sync.ran.v1') EXECUTE FUNCTION steps.stop('compares')`

// killing holds the servers that are killed, and what they work on.
type killing struct {
	t       *testing.T // of the step
	whole   *testing.T // of all steps, which the servers outlive
	db      *pgx.Conn
	url     string
	secret  string
	servers []*server
	plays   []*play
	fetches *held
}

// TestKilledAtEachStep kills servers at each step of each process manager, with one server on the database and with two, and a
// gateway that is slow, away, or answers too late. Nothing is charged, sent back or told twice, and nothing is forgotten.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for _, servers := range []int{1, 2} {
		t.Run(fmt.Sprint(servers, " servers"), func(t *testing.T) {
			t.Parallel()
			k := newKilling(t, servers)
			for i, s := range killSteps {
				if *stepKills == 1 && i%2 != servers%2 { // the quick run tries each with one or the other
					continue
				}
				t.Run(s.name, func(t *testing.T) {
					k.t = t
					began := time.Now()
					for range *stepKills {
						for _, plays := range k.groups(s) {
							k.kill(s, plays)
						}
					}
					t.Logf("%d kills took %s", *stepKills, time.Since(began))
				})
			}
			k.t = t
			k.judge()
		})
	}
}

func newKilling(t *testing.T, servers int) *killing {
	t.Helper()
	k := &killing{t: t, whole: t, url: pgtest.Database(t), fetches: newHeld(t)}
	var err error
	if k.db, err = pgx.Connect(t.Context(), k.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.db.Close(context.Background()) })
	k.exec(stops)
	k.secret = filepath.Join(t.TempDir(), "secret.key")
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	if err := os.WriteFile(k.secret, key, 0o600); err != nil {
		t.Fatal(err)
	}
	for range servers {
		k.servers = append(k.servers, k.boot(patience))
	}
	k.open()
	return k
}

func (k *killing) exec(sql string, args ...any) {
	k.t.Helper()
	if _, err := k.db.Exec(k.t.Context(), sql, args...); err != nil {
		k.t.Fatal(err)
	}
}

// boot starts a server that waits so long for a gateway.
func (k *killing) boot(timeout time.Duration) *server {
	k.t.Helper()
	return boot(k.whole, dataDir(k.whole), "--database-url", k.url, "--secret-key-file", k.secret, "--webhook-allow", "127.0.0.0/8", "--gateway-timeout", timeout.String())
}

// reboot starts servers in the place of all.
func (k *killing) reboot(timeout time.Duration) {
	k.t.Helper()
	for i, s := range k.servers {
		s.kill()
		k.servers[i] = k.boot(timeout)
	}
	k.exec(`UPDATE tallystick.leases SET expires_at = now()`)
}

// groupMax limits the plays that stand at a step at once: a server has so many connections for appends, and for the sandbox gateway.
const groupMax = 4

// groups gives the plays that can stand at a step, as many as can at once together.
func (k *killing) groups(s step) [][]*play {
	plays := slices.DeleteFunc(slices.Clone(k.plays), func(p *play) bool { return !slices.Contains(p.points, s.at) })
	if n := len(plays); n == groupMax+1 && !plays[n-1].gateway { // which needs neither
		return [][]*play{plays}
	}
	return slices.Collect(slices.Chunk(plays, groupMax))
}

// kill lets each play have something under way, kills a server once all stand at the step, and holds what becomes of it against
// what must.
func (k *killing) kill(s step, plays []*play) {
	k.t.Helper()
	var working sync.WaitGroup
	for _, p := range plays {
		working.Go(func() { p.prepare(k) })
	}
	working.Wait()
	if k.t.Failed() {
		k.t.FailNow()
	}
	if s.late {
		k.reboot(*impatience)
	}
	for _, p := range plays {
		if p.gateway && (s.late || s.at == "slow") {
			k.gateway(p, fmt.Sprintf(`{"latency_ms":%d}`, (3**impatience).Milliseconds()))
		}
	}
	k.exec(`INSERT INTO steps.armed VALUES ($1)`, s.at)
	k.fetches.hold(s.at == "arrives" || s.at == "slow")
	before := k.asked()
	ctx, hangUp := context.WithCancel(k.t.Context())
	for _, p := range plays {
		working.Go(func() { p.begin(ctx, k) })
	}
	k.awaitStopped(s, plays, before)
	k.servers[0].kill()
	hangUp()
	working.Wait()
	if !s.kept {
		k.exec(`
			SELECT pg_terminate_backend(l.pid)
			FROM pg_locks l
			JOIN pg_database d ON d.oid = l.database
			WHERE l.locktype = 'advisory' AND l.classid = 4711 AND d.datname = current_database()`)
	}
	k.exec(`DELETE FROM steps.armed`)
	k.fetches.hold(false)
	k.exec(`UPDATE tallystick.sandbox_settings SET latency_ms = 0`) // before anybody asks again
	k.exec(`UPDATE tallystick.leases SET expires_at = now()`)
	if s.late || s.at == "slow" { // the other server may wait for the gateway, too
		k.reboot(patience)
	} else {
		k.servers[0] = k.boot(patience)
	}
	k.recover(s, plays)
}

// recover lets the servers go on, and checks what became of all that was under way.
func (k *killing) recover(s step, plays []*play) {
	k.t.Helper()
	var working sync.WaitGroup
	for _, p := range plays {
		working.Go(func() {
			if s.away && p.gateway {
				k.gateway(p, `{"available":false}`)
				k.advance(p, 0)
			}
			if p.gateway {
				k.gateway(p, `{}`)
			}
			if s.at == "attempted" && !s.kept {
				p.again(k)
			}
			k.advance(p, p.ahead(k)+30*time.Hour)
			p.check(k)
			p.finish(k)
		})
	}
	working.Wait()
	if k.t.Failed() {
		for _, s := range k.servers {
			k.t.Log(s.output())
		}
		k.t.FailNow()
	}
}

// asked counts what the gateway was asked in each ledger.
func (k *killing) asked() map[string]int {
	k.t.Helper()
	rows, err := k.db.Query(k.t.Context(), `
		SELECT l.name, sum(c.requests + c.lookups)
		FROM tallystick.sandbox_charges c
		JOIN tallystick.ledgers l USING (ledger_id)
		GROUP BY l.name`)
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	asked := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			k.t.Fatal(err)
		}
		asked[name] = n
	}
	return asked
}

// awaitStopped waits until every play stands at the step.
func (k *killing) awaitStopped(s step, plays []*play, before map[string]int) {
	k.t.Helper()
	var stand []string
	arrived := poll(func() bool {
		var stopped []string
		err := k.db.QueryRow(k.t.Context(), `
			SELECT coalesce(array_agg(DISTINCT l.name), '{}')
			FROM pg_locks p
			JOIN pg_database d ON d.oid = p.database AND d.datname = current_database()
			JOIN tallystick.ledgers l ON hashtext(l.ledger_id::text) = p.objid::int8::bit(32)::int4
			WHERE p.locktype = 'advisory' AND p.classid = 4711 AND p.granted`).Scan(&stopped)
		if err != nil {
			k.t.Fatal(err)
		}
		now := k.asked()
		stand = stand[:0]
		for _, p := range plays {
			switch {
			case s.at == "slow" && p.gateway:
				if now[p.name] >= before[p.name]+1 {
					stand = append(stand, p.name)
				}
			case !p.gateway && s.at != "records":
				if k.fetches.waiting() {
					stand = append(stand, p.name)
				}
			case slices.Contains(stopped, p.name):
				stand = append(stand, p.name)
			}
		}
		return len(stand) == len(plays)
	})
	if !arrived {
		k.t.Fatalf("only %v stand at the step:\n%s", stand, k.servers[0].output())
	}
}

// ask sends a request of a play to a server, again until it is answered by one that is not starting, stopping or waiting for another.
func (k *killing) ask(p *play, server int, method, path, key, body string) answer {
	var got answer
	if !poll(func() bool {
		r, err := http.NewRequestWithContext(k.t.Context(), method, k.servers[server].url+path, strings.NewReader(body))
		if err != nil {
			return false
		}
		r.Header.Set("Authorization", "Bearer "+p.key)
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		got, err = ask(r)
		return err == nil && got.status != http.StatusServiceUnavailable && !strings.Contains(got.body, `"idempotency_in_progress"`)
	}) {
		k.t.Errorf("%s: %s %s was never answered: %d %s", p.name, method, path, got.status, got.body)
	}
	return got
}

// gateway sets how the gateway of a play behaves.
func (k *killing) gateway(p *play, settings string) {
	if got := k.ask(p, 0, "PUT", "/v1/sandbox/gateway", "", settings); got.status != http.StatusOK {
		k.t.Errorf("%s: %d %s", p.name, got.status, got.body)
	}
}

// advance has all servers advance a play's clock.
func (k *killing) advance(p *play, by time.Duration) {
	var now struct{ Now time.Time }
	p.read(k, "/v1/clock", &now)
	to := fmt.Sprintf(`{"to":%q}`, now.Now.Add(by).Format(time.RFC3339Nano))
	var advancing sync.WaitGroup
	for i := range k.servers {
		advancing.Go(func() {
			// Whoever comes second may find that the clock has gone further.
			if got := k.ask(p, i, "POST", "/v1/clock/advance", "", to); got.status != http.StatusOK && !strings.Contains(got.body, `"clock_backwards"`) {
				k.t.Errorf("%s: advance: %d %s", p.name, got.status, got.body)
			}
		})
	}
	advancing.Wait()
}
