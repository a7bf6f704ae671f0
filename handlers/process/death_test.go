package process

import (
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/heartbeat"
)

// TestInstancesDieByThemselves lets the runner of a live ledger find the instances of which nothing is heard any more: one that was
// activated, one that its owner added, and one that returned. Neither a second look nor a second process tells of a death again.
func TestInstancesDieByThemselves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, other := b.program(), b.program()
	ledger := b.ledger("live", eventstore.ModeLive)
	p.sellMonths(ledger, 0)
	do(p, ledger, command.IssueLicense(license.Issue{
		ID: "lic", KeyID: "key", Licensee: "Acme", Product: "pro", Seats: 5, MaxInstances: new(int64(3)), HeartbeatTTL: new(int64(60)),
	}, subscription.Create{}))
	state := func() license.State {
		t.Helper()
		found, err := observe(b.ctx, p.store, ledger, command.LookAtInstances("lic"))
		b.must(err)
		return found.State
	}
	hear := func(instance string) {
		t.Helper()
		seen, err := heartbeat.Seen(b.ctx, p.pool, ledger.ID, "lic")
		b.must(err)
		do(p, ledger, command.HearInstance("lic", "", instance, seen))
		b.must(heartbeat.Hear(b.ctx, p.pool, ledger.ID, state(), instance, b.now(), nil))
	}
	for _, instance := range []string{"berlin", "rome"} {
		do(p, ledger, command.ActivateInstance("lic", "", license.Activate{Instance: instance, Fingerprint: instance}))
	}
	hear("berlin")
	b.must(heartbeat.Begin(b.ctx, p.pool, ledger.ID, state(), b.now()))
	tell := func(after time.Duration, want ...string) {
		t.Helper()
		b.goTo(begin.Add(after))
		before := len(b.told(ledger)["license:lic"])
		b.must(p.sweep(b.ctx))
		b.must(other.sweep(b.ctx))
		b.must(p.sweep(b.ctx))
		var dead []string
		for _, instance := range state().Instances {
			if instance.Dead {
				dead = append(dead, instance.Instance)
			}
		}
		told := b.told(ledger)["license:lic"]
		if len(dead) != len(want) || len(told)-before > 1 {
			t.Fatalf("after %s: %v are dead, want %v; %v", after, dead, want, told[before:])
		}
		for i := range want {
			if dead[i] != want[i] {
				t.Fatalf("after %s: %v are dead, want %v", after, dead, want)
			}
		}
	}
	tell(89 * time.Second)
	hear("berlin")
	tell(90*time.Second, "rome")
	tell(178*time.Second, "rome")
	tell(179*time.Second, "berlin", "rome")
	hear("rome")
	tell(268*time.Second, "berlin")
	tell(269*time.Second, "berlin", "rome")
	do(p, ledger, command.ActivateInstance("lic", "", license.Activate{Instance: "rome", Fingerprint: "rome"}))
	b.must(heartbeat.Begin(b.ctx, p.pool, ledger.ID, state(), b.now()))
	tell(358*time.Second, "berlin")
	tell(359*time.Second, "berlin", "rome")
}
