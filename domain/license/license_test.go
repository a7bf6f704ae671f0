package license

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// life is a license with what was heard of its instances.
type life struct {
	t     domain.T
	state State
	now   time.Time
	seen  Seen
}

func begin(t domain.T, c Issue) *life {
	l := &life{t: t, now: now, seen: Seen{}}
	c.ID, c.KeyID, c.Licensee, c.Product = "lic-1", "AAAAAAAAAAAA", "Acme Ltd", "pro"
	if c.Seats == 0 {
		c.Seats = 5
	}
	l.do(c)
	return l
}

// try decides a command and folds what it makes.
func (l *life) try(c Command) ([]Fact, error) {
	facts, err := Decide(l.state, c, domain.Meta{Now: l.now})
	for _, fact := range facts {
		l.state = Evolve(l.state, fact)
	}
	return facts, err
}

func (l *life) do(c Command) []Fact {
	l.t.Helper()
	facts, err := l.try(c)
	if err != nil {
		l.t.Fatalf("%+v: %v", c, err)
	}
	return facts
}

func (l *life) refused(code string, c Command) {
	l.t.Helper()
	_, err := l.try(c)
	if rejection, ok := errors.AsType[*domain.Rejection](err); !ok || rejection.Code != code {
		l.t.Fatalf("%+v: %v, want %s", c, err, code)
	}
}

func (l *life) activate(name string) Activate {
	return Activate{Instance: name, Fingerprint: "fp-" + name, Seen: l.seen}
}

func (l *life) is(status Status) {
	l.t.Helper()
	if got := l.state.Status(l.now); got != status {
		l.t.Fatalf("%s, want %s", got, status)
	}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	good := Issue{ID: "l", KeyID: "k", Licensee: "Acme", Product: "pro", Seats: 1}
	for code, change := range map[string]func(*Issue){
		"licensee_invalid":       func(c *Issue) { c.Licensee = " " },
		"name_invalid":           func(c *Issue) { c.Workspace = new("a b") },
		"seats_out_of_range":     func(c *Issue) { c.Seats = 0 },
		"expires_at_invalid":     func(c *Issue) { c.ExpiresAt = &now },
		"expiry_invalid":         func(c *Issue) { c.Expiry = new(Expiry("never")) },
		"max_instances_invalid":  func(c *Issue) { c.MaxInstances = new(int64(1_001)) },
		"dead_instances_invalid": func(c *Issue) { c.DeadInstances = new(DeadInstances("x")) },
		"heartbeat_ttl_invalid":  func(c *Issue) { c.HeartbeatTTL = new(int64(29)) },
		"file_ttl_days_invalid":  func(c *Issue) { c.FileTTLDays = new(int64(366)) },
		"grace_days_invalid":     func(c *Issue) { c.GraceDays = new(int64(61)) },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			c, l := good, &life{t: t, now: now}
			change(&c)
			l.refused(code, c)
		})
	}
}

// TestChangesRaiseTheSequence does everything that changes what installations may do, once and again.
func TestChangesRaiseTheSequence(t *testing.T) {
	t.Parallel()
	l := begin(t, Issue{})
	for i, c := range []Command{
		ChangeSeats{Seats: 6}, ChangeFeatures{Features: map[string]json.RawMessage{"sso": json.RawMessage("true")}}, Suspend{Reason: "unpaid"}, Reinstate{},
		Renew{ExpiresAt: new(now.AddDate(1, 0, 0))}, Revoke{Reason: "over"},
	} {
		if l.do(c); l.state.Sequence != int64(i+2) {
			t.Fatalf("%T: sequence %d", c, l.state.Sequence)
		}
		if facts, _ := l.try(c); len(facts) > 0 {
			t.Errorf("%T happened twice", c)
		}
	}
	for _, c := range []Command{ChangeSeats{Seats: 1}, ChangeFeatures{}, Suspend{Reason: "x"}, Reinstate{}, Renew{}, Revoke{Reason: "x"}, RotateKey{KeyID: "B"}} {
		l.refused("license_revoked", c)
	}
	if len(l.state.Actions()) > 0 {
		t.Errorf("%v", l.state.Actions())
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	l := begin(t, Issue{ExpiresAt: new(now.AddDate(0, 0, 30)), Expiry: new(ExpiryMaintain)})
	l.is(StatusInactive)
	l.do(l.activate("berlin"))
	l.is(StatusActive)
	l.now = now.AddDate(0, 0, 16)
	l.is(StatusExpiring)
	l.now = now.AddDate(0, 0, 30)
	l.is(StatusExpired)
	if err := l.state.CheckUsable(l.now); err != nil {
		t.Errorf("one that maintains: %v", err)
	}
	l.do(Suspend{Reason: "x"})
	l.is(StatusSuspended)
	l.refused("license_suspended", l.activate("rome"))
	l.do(Revoke{Reason: "x"})
	l.is(StatusRevoked)
}

// TestTheEndIsTold goes through the deadlines of an end that is put off.
func TestTheEndIsTold(t *testing.T) {
	t.Parallel()
	l := begin(t, Issue{ExpiresAt: new(now.AddDate(0, 0, 30))})
	next := func() time.Time {
		at, ok := l.state.NextDeadline()
		if !ok {
			return time.Time{}
		}
		return at
	}
	runs := func(want Fact) {
		t.Helper()
		l.now = next().Add(-time.Second)
		if facts := l.do(Run{}); len(facts) > 0 {
			t.Fatalf("early: %+v", facts)
		}
		l.now = next()
		if facts := l.do(Run{}); !reflect.DeepEqual(facts, []Fact{want}) {
			t.Fatalf("%+v, want %+v", facts, want)
		}
	}
	runs(Expiring{ExpiresAt: now.AddDate(0, 0, 30)})
	l.do(Renew{ExpiresAt: new(now.AddDate(0, 0, 60))})
	runs(Expiring{ExpiresAt: now.AddDate(0, 0, 60)})
	runs(Expired{ExpiresAt: now.AddDate(0, 0, 60)})
	if !next().IsZero() {
		t.Errorf("more at %v", next())
	}
	l.do(Renew{})
	if !next().IsZero() {
		t.Errorf("a license without an end has news at %v", next())
	}
}

// TestDeadInstances lets instances die with the two strategies, and return.
func TestDeadInstances(t *testing.T) {
	t.Parallel()
	for _, strategy := range DeadInstancesAll {
		t.Run(string(strategy), func(t *testing.T) {
			t.Parallel()
			l := begin(t, Issue{HeartbeatTTL: new(int64(60)), DeadInstances: &strategy})
			l.do(l.activate("berlin"))
			l.now = now.Add(89 * time.Second)
			if facts := l.do(Hear{Instance: "berlin", Seen: l.seen}); len(facts) > 0 {
				t.Fatalf("%+v", facts)
			}
			l.seen["berlin"] = Sighting{At: l.now}
			l.now = l.now.Add(90 * time.Second)
			if strategy == DeadKeep {
				l.refused("activation_limit_reached", l.activate("rome"))
				want := []Fact{InstanceDied{Instance: "berlin", At: l.now}, InstanceReturned{Instance: "berlin", At: l.now}}
				if facts := l.do(Hear{Instance: "berlin", Seen: l.seen}); !reflect.DeepEqual(facts, want) {
					t.Fatalf("%+v", facts)
				}
				return
			}
			if facts := l.do(l.activate("rome")); len(facts) != 2 {
				t.Fatalf("%+v", facts)
			}
			l.refused("activation_limit_reached", Hear{Instance: "berlin", Seen: l.seen})
			l.refused("activation_limit_reached", l.activate("berlin"))
			l.do(Deactivate{Instance: "rome"})
			if facts := l.do(l.activate("berlin")); !reflect.DeepEqual(facts, []Fact{InstanceReturned{Instance: "berlin", At: l.now}}) {
				t.Fatalf("%+v", facts)
			}
		})
	}
}

// TestFollow takes over what becomes of a subscription, each thing once.
func TestFollow(t *testing.T) {
	t.Parallel()
	l := begin(t, Issue{Workspace: new("acme"), Subscription: new("sub-1"), Price: new("pro-month"), ExpiresAt: &now})
	c := Follow{Product: "team", Price: "team-month", Seats: 7, ExpiresAt: now.AddDate(0, 1, 14), Waits: true}
	if facts := l.do(c); len(facts) != 4 || l.state.Sequence != 5 || l.state.Seats != 7 || l.state.Product != "team" || !l.state.Suspended {
		t.Fatalf("%+v: %+v", facts, l.state)
	}
	if facts := l.do(c); len(facts) > 0 {
		t.Fatalf("again: %+v", facts)
	}
	c.Waits = false
	if l.do(c); l.state.Suspended {
		t.Error("paid, and suspended")
	}
	l.do(Suspend{Reason: "abuse"})
	if l.do(c); !l.state.Suspended {
		t.Error("a person's suspension is taken back")
	}
	l.refused("license_billed", Renew{})
	c.Lapsed = true
	if l.do(c); !l.state.Revoked {
		t.Error("lapsed, and not revoked")
	}
}

// TestNoMoreInstancesThanAllowed lives through random activations, deaths and returns.
func TestNoMoreInstancesThanAllowed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 3).Draw(t, "limit")
		strategy := rapid.SampledFrom(DeadInstancesAll).Draw(t, "strategy")
		l := begin(t, Issue{MaxInstances: &limit, DeadInstances: &strategy, HeartbeatTTL: new(int64(30))})
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := fmt.Sprint("i", rapid.IntRange(1, 6).Draw(t, "instance"))
			l.now = l.now.Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "seconds")) * time.Second)
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				_, err = l.try(l.activate(name))
			case 2:
				_, err = l.try(Hear{Instance: name, Seen: l.seen})
			default:
				_, err = l.try(Deactivate{Instance: name})
				delete(l.seen, name)
			}
			if _, there := l.state.Instance(name); err == nil && there {
				l.seen[name] = Sighting{At: l.now}
			}
			var places int64
			for _, instance := range l.state.Instances {
				if !instance.Dead || strategy == DeadKeep {
					places++
				}
			}
			if places > limit {
				t.Fatalf("%d places of %d", places, limit)
			}
		}
	})
}
