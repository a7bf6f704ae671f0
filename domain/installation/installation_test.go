package installation

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/licensefile"
)

var (
	now  = time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	// seller signs files, and stranger is not trusted.
	seller   = ed25519.NewKeyFromSeed([]byte("the seller's key, of 32 bytes..."))
	stranger = ed25519.NewKeyFromSeed([]byte("a stranger's key, of 32 bytes..."))
	trust    = licensefile.Trust{seller.Public().(ed25519.PublicKey)}
)

const fingerprint = "f00d"

// payload describes a license of five seats that was issued now.
func payload() licensefile.Payload {
	return licensefile.Payload{
		ID: "lic-1", Issuer: "seller", Licensee: "Acme", Product: "pro", Seats: 5, Features: map[string]json.RawMessage{}, Workspace: new("acme"),
		Instance: "berlin", Fingerprint: fingerprint, Sequence: 3, IssuedAt: now, Expiry: licensefile.ExpiryRestrict,
		FileExpiresAt: now.AddDate(0, 0, 30), GraceUntil: now.AddDate(0, 0, 44),
	}
}

// file signs a payload, changed a little.
func file(t *testing.T, key ed25519.PrivateKey, change func(*licensefile.Payload)) Verify {
	t.Helper()
	p := payload()
	if change != nil {
		change(&p)
	}
	signed, err := licensefile.Sign(key, p)
	if err != nil {
		t.Fatal(err)
	}
	return Verify{File: signed, Trust: trust, Workspace: "acme", Fingerprint: fingerprint}
}

var (
	begun     = LinkBegun{ID: "link-1", Server: "https://seller.example", Instance: "berlin", At: now}
	confirmed = Confirmed{ID: "link-1", Code: "VALID", License: licenseOf(payload()), At: now}
	unreached = TryFailed{ID: "link-1", Code: "server_unreachable", At: now}
	postponed = Postponed{ID: "link-1", Code: "VALID", Error: Problem{"subscription_active", "it runs"}, License: "lic-1", Sequence: 3, At: now}
	stopped   = Stopped{ID: "link-1", Code: CodeRevoked, License: "lic-1", Sequence: 4, At: now}
)

func attempt(tries int64) Attempt { return Attempt{Link: "link-1", Tries: tries} }

func TestLinking(t *testing.T) {
	t.Parallel()
	begin := BeginLink{ID: "link-1", Server: "https://seller.example", Instance: "berlin"}
	fail := Fail{Attempt: attempt(0), Code: "server_unreachable"}
	early := begun
	early.At = now.Add(-3 * day)
	refused := Fail{Attempt: attempt(0), Code: "license_key_invalid", Conclusive: true}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
		code  string // where it is refused
	}{
		"begins":             {nil, begin, []domain.Event{begun}, ""},
		"begins again":       {[]domain.Event{begun}, begin, nil, "license_linked"},
		"a subscription":     {nil, BeginLink{ID: "link-1", Server: "s", Instance: "i", Subscribed: true}, nil, "subscription_active"},
		"another license":    {nil, BeginLink{ID: "link-1", Server: "s", Instance: "i", Licensed: true}, nil, "license_active"},
		"the server is away": {[]domain.Event{begun}, fail, []domain.Event{unreached}, ""},
		"it refuses": {[]domain.Event{begun}, refused,
			[]domain.Event{LinkRefused{ID: "link-1", Code: "license_key_invalid", At: now}}, ""},
		"it refuses, when linked": {[]domain.Event{begun, confirmed}, Fail{Attempt: attempt(1), Code: "license_key_invalid", Conclusive: true},
			[]domain.Event{TryFailed{ID: "link-1", Code: "license_key_invalid", Conclusive: true, At: now}}, ""},
		"it is away for long": {[]domain.Event{early}, fail, []domain.Event{unreached, Checked{Ladder: Warning, At: now}}, ""},
		"and for longer": {[]domain.Event{early, TryFailed{ID: "link-1", At: now}, Checked{Ladder: Warning, At: now}}, Fail{Attempt: attempt(1), Code: "server_unreachable"},
			[]domain.Event{unreached}, ""},
		"an answer comes twice":   {[]domain.Event{begun, unreached}, fail, nil, ""},
		"an answer to a past one": {[]domain.Event{begun}, Fail{Attempt: Attempt{Link: "link-0"}, Code: "server_unreachable"}, nil, ""},
		"a link after a refusal":  {[]domain.Event{begun, LinkRefused{ID: "link-1", Code: "x", At: now}}, begin, []domain.Event{begun}, ""},
		"a sync":                  {[]domain.Event{begun, confirmed}, AskSync{}, []domain.Event{SyncAsked{At: now}}, ""},
		"a sync that is due":      {[]domain.Event{begun}, AskSync{}, nil, ""},
		"a sync of nothing":       {nil, AskSync{}, nil, "license_not_linked"},
		"an unlink":               {[]domain.Event{begun, confirmed}, BeginUnlink{}, []domain.Event{UnlinkBegun{ID: "link-1", At: now}}, ""},
		"an unlink before":        {[]domain.Event{begun}, BeginUnlink{}, []domain.Event{UnlinkBegun{ID: "link-1", At: now}}, ""},
		"an unlink, again":        {[]domain.Event{begun, UnlinkBegun{ID: "link-1", At: now}}, BeginUnlink{}, nil, ""},
		"an unlink of nothing":    {nil, BeginUnlink{}, nil, "license_not_linked"},
		"an unlink of a file":     {[]domain.Event{Uploaded{License: confirmed.License, At: now}}, BeginUnlink{}, []domain.Event{Unlinked{At: now}}, ""},
		"the server is told": {[]domain.Event{begun, UnlinkBegun{ID: "link-1", At: now}}, FinishUnlink{ID: "link-1", Code: "200"},
			[]domain.Event{Unlinked{ID: "link-1", Code: "200", At: now}}, ""},
		"the server is told of a link that goes on": {[]domain.Event{begun}, FinishUnlink{ID: "link-1"}, nil, ""},
		"revoked before it began": {[]domain.Event{begun}, Stop{Attempt: attempt(0), Code: CodeRevoked},
			[]domain.Event{LinkRefused{ID: "link-1", Code: CodeRevoked, At: now}}, ""},
		"revoked":                   {[]domain.Event{begun, confirmed}, Stop{Attempt: attempt(1), Code: CodeRevoked, License: "lic-1", Sequence: 4}, []domain.Event{stopped}, ""},
		"revoked, without a number": {[]domain.Event{begun, confirmed}, Stop{Attempt: attempt(1), Code: CodeRevoked}, []domain.Event{stopped}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := spec.Given(test.given...).When(test.when)
			if test.code != "" {
				verdict.ThenRejected(t, test.code)
				return
			}
			verdict.Then(t, test.then...)
		})
	}
}

func TestTheServersFile(t *testing.T) {
	t.Parallel()
	confirm := func(tries int64, v Verify) Confirm { return Confirm{Attempt: attempt(tries), Verify: v, Code: "VALID"} }
	blocked := confirm(0, file(t, seller, nil))
	blocked.Blocked = &postponed.Error
	elsewhere, stays, moved := confirm(0, file(t, seller, nil)), confirm(1, file(t, seller, nil)), confirmed
	elsewhere.Server, stays.Server, moved.Server = "https://moved.example", "https://moved.example", "https://moved.example"
	later := func(p *licensefile.Payload) { p.Sequence, p.Seats = 4, 7 }
	more := payload()
	later(&more)
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"is applied":             {[]domain.Event{begun}, confirm(0, file(t, seller, nil)), []domain.Event{confirmed}},
		"changes the license":    {[]domain.Event{begun, confirmed}, confirm(1, file(t, seller, later)), []domain.Event{Confirmed{ID: "link-1", Code: "VALID", License: licenseOf(more), At: now}}},
		"can't be applied":       {[]domain.Event{begun}, blocked, []domain.Event{postponed}},
		"is applied in the end":  {[]domain.Event{begun, postponed}, confirm(1, file(t, seller, nil)), []domain.Event{confirmed}},
		"of a seller who moved":  {[]domain.Event{begun}, elsewhere, []domain.Event{moved}},
		"and who stays there":    {[]domain.Event{begun, moved}, stays, []domain.Event{confirmed}},
		"of a past attempt":      {[]domain.Event{begun, unreached}, confirm(0, file(t, seller, nil)), nil},
		"comes after the unlink": {[]domain.Event{begun, UnlinkBegun{ID: "link-1", At: now}}, confirm(0, file(t, seller, nil)), nil},
		"brings it back":         {[]domain.Event{begun, confirmed, stopped}, confirm(2, file(t, seller, later)), []domain.Event{Confirmed{ID: "link-1", Code: "VALID", License: licenseOf(more), At: now}}},
		"is old": {[]domain.Event{begun, confirmed, stopped}, confirm(2, file(t, seller, nil)), []domain.Event{TryFailed{
			ID: "link-1", Code: "SEQUENCE_OLD", Detail: "the file has sequence 3, and one with 4 was seen", Conclusive: true, At: now}, Checked{Ladder: ReadOnly, At: now}}},
		"has expired": {[]domain.Event{begun, confirmed}, confirm(1, file(t, seller, func(p *licensefile.Payload) { p.ExpiresAt, p.Sequence = &now, 4 })), []domain.Event{Stopped{
			ID: "link-1", Code: CodeExpired, Detail: "the license has expired at 2027-01-10T12:00:00Z", License: "lic-1", Sequence: 4, At: now}}},
		"of a stranger": {[]domain.Event{begun}, confirm(0, file(t, stranger, nil)), []domain.Event{Postponed{ID: "link-1", Code: "VALID", Error: Problem{CodeFileRefused,
			fmt.Sprintf("KEY_UNKNOWN: the key %s is not one of those that are trusted", licensefile.KeyID(stranger.Public().(ed25519.PublicKey)))}, At: now}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

// TestUpload refuses what the contract names: a file of another workspace, an old sequence after a revoke, a clock that was set back.
func TestUpload(t *testing.T) {
	t.Parallel()
	uploaded := Uploaded{License: confirmed.License, At: now}
	upload := func(key ed25519.PrivateKey, change func(*licensefile.Payload)) Upload {
		return Upload{Verify: file(t, key, change), Instance: "berlin"}
	}
	ended := []domain.Event{begun, confirmed, stopped, UnlinkBegun{ID: "link-1", At: now}, Unlinked{ID: "link-1", At: now}}
	later := uploaded
	later.At = now.Add(time.Hour)
	for name, test := range map[string]struct {
		given  []domain.Event
		when   Upload
		then   []domain.Event
		code   string
		reason licensefile.Verdict
	}{
		"accepted": {when: upload(seller, nil), then: []domain.Event{uploaded}},
		"again":    {given: []domain.Event{uploaded}, when: upload(seller, nil)},
		"in grace": {when: upload(seller, func(p *licensefile.Payload) { p.IssuedAt, p.FileExpiresAt = now.Add(-time.Hour), now }), then: []domain.Event{Uploaded{License: func() License {
			l := confirmed.License
			l.IssuedAt, l.FileExpiresAt = now.Add(-time.Hour), now
			return l
		}(), At: now}}},
		"while linked":          {given: []domain.Event{begun}, when: upload(seller, nil), code: "license_linked"},
		"beside a subscription": {when: Upload{Subscribed: true}, code: "subscription_active"},
		"beside a license":      {when: Upload{Licensed: true}, code: "license_active"},
		"foreign":               {when: Upload{Verify: Verify{File: []byte("-----BEGIN LICENSE FILE-----\n"), Trust: trust}}, reason: licensefile.FormatForeign},
		"a stranger's":          {when: upload(stranger, nil), reason: licensefile.KeyUnknown},
		"of another workspace":  {when: upload(seller, func(p *licensefile.Payload) { p.Workspace = new("umbrella") }), reason: licensefile.WorkspaceMismatch},
		"of another instance":   {when: upload(seller, func(p *licensefile.Payload) { p.Instance = "paris" }), reason: licensefile.InstanceMismatch},
		"of another machine":    {when: upload(seller, func(p *licensefile.Payload) { p.Fingerprint = "beef" }), reason: licensefile.InstanceMismatch},
		"old":                   {given: []domain.Event{uploaded}, when: upload(seller, func(p *licensefile.Payload) { p.Sequence = 2 }), reason: licensefile.SequenceOld},
		"old after a revoke":    {given: ended, when: upload(seller, nil), reason: licensefile.SequenceOld},
		"new after a revoke": {given: ended, when: upload(seller, func(p *licensefile.Payload) { p.Sequence = 4 }), then: []domain.Event{Uploaded{License: func() License {
			l := confirmed.License
			l.Sequence = 4
			return l
		}(), At: now}}},
		"of another license": {given: ended, when: upload(seller, func(p *licensefile.Payload) { p.ID, p.Sequence = "lic-2", 1 }), then: []domain.Event{Uploaded{License: func() License {
			l := confirmed.License
			l.ID, l.Sequence = "lic-2", 1
			return l
		}(), At: now}}},
		"the clock set back": {given: []domain.Event{later}, when: upload(seller, nil), reason: licensefile.ClockBackwards},
		"issued tomorrow":    {when: upload(seller, func(p *licensefile.Payload) { p.IssuedAt = now.Add(24 * time.Hour) }), reason: licensefile.ClockBackwards},
		"expired":            {when: upload(seller, func(p *licensefile.Payload) { p.ExpiresAt = &now }), reason: licensefile.LicenseExpired},
		"out of grace": {when: upload(seller, func(p *licensefile.Payload) {
			p.IssuedAt, p.FileExpiresAt, p.GraceUntil = now.Add(-time.Hour), now, now
		}), reason: licensefile.FileExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := spec.Given(test.given...).When(test.when)
			switch {
			case test.reason != "":
				if r := verdict.ThenRejected(t, CodeFileRefused); r.Details["reason"] != string(test.reason) || r.Kind != domain.KindInvalid {
					t.Errorf("%+v, want %s", r, test.reason)
				}
			case test.code != "":
				verdict.ThenRejected(t, test.code)
			default:
				verdict.Then(t, test.then...)
			}
		})
	}
}

func TestTheLadder(t *testing.T) {
	t.Parallel()
	state := func(events ...domain.Event) (s State) {
		for _, event := range events {
			s = Evolve(s, event)
		}
		return s
	}
	linked, sent := state(begun, confirmed), state(Uploaded{License: confirmed.License, At: now})
	expires := confirmed
	expires.License.ExpiresAt = new(now.Add(time.Hour))
	for name, test := range map[string]struct {
		state State
		after time.Duration
		want  Ladder
	}{
		"nothing":          {State{}, 1000 * day, InSync},
		"in sync":          {linked, 3*day - 1, InSync},
		"a warning":        {linked, 3 * day, Warning},
		"still a warning":  {linked, 7*day - 1, Warning},
		"restricted":       {linked, 7 * day, Restricted},
		"still restricted": {linked, 30*day - 1, Restricted},
		"read only":        {linked, 30 * day, ReadOnly},
		"linking":          {state(begun), 3 * day, Warning},
		"revoked":          {state(begun, confirmed, stopped), 0, ReadOnly},
		"expired":          {state(begun, expires), time.Hour, ReadOnly},
		"a file":           {sent, 30*day - 1, InSync},
		"an old file":      {sent, 30 * day, Warning},
		"in grace":         {sent, 44*day - 1, Warning},
		"out of grace":     {sent, 44 * day, ReadOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := now.Add(test.after)
			if got := test.state.Ladder(at); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			held := test.state.Held
			if held == nil || held.ends(at) {
				return
			}
			if closed := !at.Before(held.ClosesAt()); closed != (test.want == Restricted || test.want == ReadOnly) {
				t.Errorf("closed is %t", closed)
			}
			if readOnly := !at.Before(held.ReadOnlyFrom()); readOnly != (test.want == ReadOnly) {
				t.Errorf("read only is %t", readOnly)
			}
		})
	}
}

// TestTheNextTry: the server is asked daily, and hourly after a failure; of a file each step is looked at once.
func TestTheNextTry(t *testing.T) {
	t.Parallel()
	soon := confirmed
	soon.License.ExpiresAt = new(now.Add(2 * time.Hour))
	for name, test := range map[string]struct {
		given []domain.Event
		want  time.Duration // from now on; below 0 for never
	}{
		"nothing":              {nil, -1},
		"a link":               {[]domain.Event{begun}, 0},
		"a failure":            {[]domain.Event{begun, confirmed, unreached}, time.Hour},
		"a success":            {[]domain.Event{begun, confirmed}, day},
		"it expires before":    {[]domain.Event{begun, soon}, 2 * time.Hour},
		"a revocation":         {[]domain.Event{begun, confirmed, stopped}, day},
		"what is not applied":  {[]domain.Event{begun, postponed}, time.Hour},
		"somebody asks":        {[]domain.Event{begun, confirmed, SyncAsked{At: now}}, 0},
		"an unlink":            {[]domain.Event{begun, confirmed, UnlinkBegun{ID: "link-1", At: now}}, 0},
		"it has ended":         {[]domain.Event{begun, UnlinkBegun{ID: "link-1", At: now}, Unlinked{ID: "link-1", At: now}}, -1},
		"it is refused":        {[]domain.Event{begun, LinkRefused{ID: "link-1", Code: "x", At: now}}, -1},
		"a file":               {[]domain.Event{Uploaded{License: confirmed.License, At: now}}, 30 * day},
		"a file that is old":   {[]domain.Event{Uploaded{License: confirmed.License, At: now}, Checked{At: now.Add(30 * day)}}, 44 * day},
		"a file of the past":   {[]domain.Event{Uploaded{License: confirmed.License, At: now}, Checked{At: now.Add(44 * day)}}, -1},
		"a file that is ended": {[]domain.Event{Uploaded{License: confirmed.License, At: now}, Unlinked{At: now}}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s State
			for _, event := range test.given {
				s = Evolve(s, event)
			}
			if at, ok := s.NextDeadline(); ok != (test.want >= 0) || ok && !at.Equal(now.Add(test.want)) {
				t.Errorf("%s, %t", at, ok)
			}
			if s.Size() <= 0 {
				t.Error("no size")
			}
		})
	}
	old := Uploaded{License: confirmed.License, At: now.Add(-30 * day)}
	old.License.FileExpiresAt = now
	spec.Given(old).When(Check{}).Then(t, Checked{Ladder: Warning, At: now})
	spec.Given(old, Checked{Ladder: Warning, At: now}).When(Check{}).Then(t)
}
