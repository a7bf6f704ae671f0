package licensefile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	seller   = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	stranger = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	trust    = Trust{seller.Public().(ed25519.PublicKey)}

	issued = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

const day = 24 * time.Hour

// sample gives the payload of a license of 100 days with files of 30 days and two weeks of grace.
func sample() Payload {
	return Payload{
		ID: "0192b8a0-0000-7000-8000-000000000001", Issuer: "0192b8a0-0000-7000-8000-00000000000a", Licensee: "Ärzte & Söhne GmbH",
		Product: "business", Seats: 40, Features: map[string]json.RawMessage{"sso": json.RawMessage("true"), "regions": json.RawMessage(`{"eu":1.5}`)},
		Workspace: new("acme"), Instance: "berlin", Fingerprint: strings.Repeat("ab", 32), Sequence: 3, IssuedAt: issued,
		ExpiresAt: new(issued.Add(100 * day)), Expiry: ExpiryRestrict, FileExpiresAt: issued.Add(30 * day), GraceUntil: issued.Add(44 * day),
	}
}

func signed(t testing.TB, key ed25519.PrivateKey, p Payload) []byte {
	t.Helper()
	file, err := Sign(key, p)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func asked() Query {
	return Query{Workspace: "acme", Instance: "berlin", Fingerprint: strings.Repeat("ab", 32), Now: issued.Add(day)}
}

// resigned signs other lines than [Sign] would write.
func resigned(version, algorithm, payload string) []byte {
	lines := fmt.Sprintf("%s\n%s %s\n%s\n", version, algorithm, KeyID(trust[0]), base64.RawURLEncoding.EncodeToString([]byte(payload)))
	return fmt.Appendf(nil, "%s%s\n", lines, base64.RawURLEncoding.EncodeToString(ed25519.Sign(seller, []byte(lines))))
}

// foreign writes a file as Keygen does: PEM armour around JSON with a payload and its signature.
func foreign() []byte {
	payload := base64.StdEncoding.EncodeToString([]byte(`{"data":{"id":"1","type":"licenses"},"meta":{"ttl":null}}`))
	sig := base64.StdEncoding.EncodeToString(ed25519.Sign(seller, []byte("license/"+payload)))
	body, _ := json.Marshal(map[string]string{"enc": payload, "sig": sig, "alg": "base64+ed25519"})
	return fmt.Appendf(nil, "-----BEGIN LICENSE FILE-----\n%s\n-----END LICENSE FILE-----\n", base64.StdEncoding.EncodeToString(body))
}

// story is a file with a question and the verdict.
type story struct {
	name string
	file []byte
	ask  Query
	want Verdict
}

func stories(t testing.TB) []story {
	good := signed(t, seller, sample())
	lines := strings.SplitAfter(string(good), "\n")
	changed := func(change func(*Payload)) []byte {
		p := sample()
		change(&p)
		return signed(t, seller, p)
	}
	at := func(now time.Time, change func(*Query)) Query {
		q := asked()
		q.Now = now
		if change != nil {
			change(&q)
		}
		return q
	}
	canonical, err := sample().encode()
	if err != nil {
		t.Fatal(err)
	}
	return []story{
		{"accepted", good, asked(), OK},
		{"who asks is not compared", good, Query{Now: issued}, OK},
		{"for any workspace", changed(func(p *Payload) { p.Workspace = nil }), asked(), OK},
		{"seen before", good, at(issued.Add(2*day), func(q *Query) { q.Seen = Seen{3, issued.Add(day)} }), OK},
		{"never expires", changed(func(p *Payload) { p.ExpiresAt = nil }), asked(), OK},
		{"goes on when expired", changed(func(p *Payload) { p.ExpiresAt, p.Expiry = new(issued), ExpiryMaintain }), asked(), OK},
		{"a little before its time", good, at(issued.Add(-5*time.Minute), nil), OK},
		{"nothing", nil, asked(), FormatForeign},
		{"Keygen's form", foreign(), asked(), FormatForeign},
		{"PEM armour around it", []byte("-----BEGIN LICENSE FILE-----\n" + string(good) + "-----END LICENSE FILE-----\n"), asked(), FormatForeign},
		{"a byte order mark", append([]byte("\xef\xbb\xbf"), good...), asked(), FormatForeign},
		{"a line more", append(bytes.Clone(good), '\n'), asked(), FormatInvalid},
		{"a line less", []byte(strings.Join(lines[:3], "")), asked(), FormatInvalid},
		{"no line end", good[:len(good)-1], asked(), FormatInvalid},
		{"line ends of Windows", bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), asked(), FormatInvalid},
		{"too large", append(bytes.Clone(good), bytes.Repeat([]byte("x"), SizeMax)...), asked(), FormatInvalid},
		{"padded", []byte(lines[0] + lines[1] + lines[2] + strings.TrimSpace(lines[3]) + "==\n"), asked(), FormatInvalid},
		{"unused bits", []byte(lines[0] + lines[1] + lines[2] + unusedBit(lines[3])), asked(), FormatInvalid},
		{"no key id", []byte(lines[0] + "ed25519\n" + lines[2] + lines[3]), asked(), FormatInvalid},
		{"another version", resigned("tallystick-license-file/v2", "ed25519", string(canonical)), asked(), VersionUnknown},
		{"another algorithm", resigned(Version, "rsa-sha256", string(canonical)), asked(), AlgorithmUnknown},
		{"a key of a stranger", signed(t, stranger, sample()), asked(), KeyUnknown},
		{"a stranger's signature", []byte(lines[0] + lines[1] + lines[2] + strings.SplitAfter(string(signed(t, stranger, sample())), "\n")[3]), asked(), SignatureInvalid},
		{"a short signature", []byte(lines[0] + lines[1] + lines[2] + "AA\n"), asked(), SignatureInvalid},
		{"another payload", []byte(lines[0] + lines[1] + strings.SplitAfter(string(changed(func(p *Payload) { p.Seats++ })), "\n")[2] + lines[3]), asked(), SignatureInvalid},
		{"no JSON", resigned(Version, Algorithm, "seats=40"), asked(), PayloadInvalid},
		{"a member more", resigned(Version, Algorithm, strings.Replace(string(canonical), `"expires_at"`, `"admin":true,"expires_at"`, 1)), asked(), PayloadInvalid},
		{"a member less", resigned(Version, Algorithm, strings.Replace(string(canonical), `"seats":40,`, "", 1)), asked(), PayloadInvalid},
		{"a member twice", resigned(Version, Algorithm, strings.Replace(string(canonical), `"seats":40`, `"seats":40,"seats":40`, 1)), asked(), PayloadInvalid},
		{"white space", resigned(Version, Algorithm, strings.Replace(string(canonical), `"seats":40`, `"seats": 40`, 1)), asked(), PayloadInvalid},
		{"another case", resigned(Version, Algorithm, strings.Replace(string(canonical), `"seats"`, `"Seats"`, 1)), asked(), PayloadInvalid},
		{"a time in a zone", resigned(Version, Algorithm, strings.Replace(string(canonical), `"2026-03-01T12:00:00Z"`, `"2026-03-01T13:00:00+01:00"`, 1)), asked(), PayloadInvalid},
		{"another workspace", good, at(issued, func(q *Query) { q.Workspace = "umbrella" }), WorkspaceMismatch},
		{"another instance", good, at(issued, func(q *Query) { q.Instance = "hamburg" }), InstanceMismatch},
		{"another fingerprint", good, at(issued, func(q *Query) { q.Fingerprint = strings.Repeat("cd", 32) }), InstanceMismatch},
		{"before it was issued", good, at(issued.Add(-5*time.Minute-time.Second), nil), ClockBackwards},
		{"a clock that was set back", good, at(issued.Add(day), func(q *Query) { q.Seen.At = issued.Add(2 * day) }), ClockBackwards},
		{"an old sequence", good, at(issued.Add(day), func(q *Query) { q.Seen.Sequence = 4 }), SequenceOld},
		{"expired", good, at(issued.Add(100*day), nil), LicenseExpired},
		{"expired, and long since", good, at(issued.Add(400*day), nil), LicenseExpired},
		{"a file that is too old", good, at(issued.Add(44*day), nil), FileExpired},
		{"in grace", good, at(issued.Add(30*day), nil), InGrace},
		{"the last second of grace", good, at(issued.Add(44*day-time.Second), nil), InGrace},
		{"the last second before it", good, at(issued.Add(30*day-time.Second), nil), OK},
	}
}

// unusedBit sets the lowest bit of the last character of a signature, of which two carry nothing.
func unusedBit(line string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	text := strings.TrimSuffix(line, "\n")
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[last|1]) + "\n"
}

func TestVerify(t *testing.T) {
	t.Parallel()
	shown := map[Verdict]bool{}
	for _, s := range stories(t) {
		shown[s.want] = true
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			got := trust.Verify(s.file, s.ask)
			if got.Verdict != s.want {
				t.Fatalf("%s (%s), want %s", got.Verdict, got.Detail, s.want)
			}
			if (got.Detail == "") != (s.want == OK) || s.want.Accepted() && got.Payload == nil {
				t.Errorf("%+v", got)
			}
		})
	}
	for _, verdict := range Verdicts {
		if !shown[verdict] {
			t.Errorf("no story ends with %s", verdict)
		}
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	t.Parallel()
	good := signed(t, seller, sample())
	for i := range good {
		for bit := range 8 {
			changed := bytes.Clone(good)
			changed[i] ^= 1 << bit
			if got := trust.Verify(changed, asked()); got.Verdict.Accepted() || got.Detail == "" || got.Payload != nil {
				t.Fatalf("bit %d of byte %d: %+v", bit, i, got)
			}
		}
		if got := trust.Verify(good[:i], asked()); got.Verdict.Accepted() || got.Detail == "" {
			t.Fatalf("the first %d bytes: %+v", i, got)
		}
	}
}

func TestWhatIsSignedComesBack(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]Payload{"all": sample(), "the least": {
		ID: "1", Issuer: "2", Licensee: "3", Product: "4", Features: map[string]json.RawMessage{}, Instance: "5", Fingerprint: "6",
		Sequence: 1, IssuedAt: issued, Expiry: ExpiryMaintain, FileExpiresAt: issued, GraceUntil: issued,
	}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := trust.Verify(signed(t, seller, p), Query{Now: issued})
			if got.Payload == nil || !reflect.DeepEqual(*got.Payload, p) {
				t.Errorf("%+v, want %+v", got, p)
			}
		})
	}
}

func TestSeenNeverGoesBack(t *testing.T) {
	t.Parallel()
	newer := sample()
	newer.Sequence, newer.IssuedAt = 4, issued.Add(2*day)
	q := asked()
	for _, step := range []struct {
		file []byte
		now  time.Time
		want Verdict
		seen Seen
	}{
		{signed(t, seller, sample()), issued.Add(day), OK, Seen{3, issued.Add(day)}},
		{signed(t, seller, newer), issued.Add(3 * day), OK, Seen{4, issued.Add(3 * day)}},
		{signed(t, seller, sample()), issued.Add(4 * day), SequenceOld, Seen{4, issued.Add(3 * day)}},
		{signed(t, seller, newer), issued.Add(2 * day), ClockBackwards, Seen{4, issued.Add(3 * day)}},
		{signed(t, stranger, newer), issued.Add(5 * day), KeyUnknown, Seen{4, issued.Add(3 * day)}},
		{signed(t, seller, newer), issued.Add(3*day - time.Minute), OK, Seen{4, issued.Add(3 * day)}},
		{signed(t, seller, newer), issued.Add(200 * day), LicenseExpired, Seen{4, issued.Add(200 * day)}},
	} {
		q.Now = step.now
		got := trust.Verify(step.file, q)
		if got.Verdict != step.want || got.Seen != step.seen {
			t.Fatalf("at %s: %s, %+v; want %s, %+v", step.now, got.Verdict, got.Seen, step.want, step.seen)
		}
		q.Seen = got.Seen
	}
}

func TestWhatCanNotBeSigned(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Payload){
		"no id":                func(p *Payload) { p.ID = "" },
		"two lines":            func(p *Payload) { p.Licensee = "a\nb" },
		"no UTF-8":             func(p *Payload) { p.Licensee = "a\xff" },
		"an empty workspace":   func(p *Payload) { p.Workspace = new("") },
		"fewer seats than 0":   func(p *Payload) { p.Seats = -1 },
		"no sequence":          func(p *Payload) { p.Sequence = 0 },
		"no expiry":            func(p *Payload) { p.Expiry = "" },
		"no features":          func(p *Payload) { p.Features = nil },
		"a list":               func(p *Payload) { p.Features = map[string]json.RawMessage{"a": json.RawMessage(" [1]")} },
		"a feature of nothing": func(p *Payload) { p.Features = map[string]json.RawMessage{"a": nil} },
		"a number too fine":    func(p *Payload) { p.Features = map[string]json.RawMessage{"a": json.RawMessage("0.1234567890123456")} },
		"parts of a second":    func(p *Payload) { p.IssuedAt = p.IssuedAt.Add(1) },
		"another zone":         func(p *Payload) { p.IssuedAt = p.IssuedAt.In(time.FixedZone("", 3600)) },
		"no time":              func(p *Payload) { p.ExpiresAt = &time.Time{} },
		"an end before":        func(p *Payload) { p.FileExpiresAt = p.IssuedAt.Add(-day) },
		"a grace before":       func(p *Payload) { p.GraceUntil = p.FileExpiresAt.Add(-day) },
		"too much": func(p *Payload) {
			p.Features = map[string]json.RawMessage{"a": json.RawMessage(`"` + strings.Repeat("x", SizeMax) + `"`)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := sample()
			change(&p)
			if file, err := Sign(seller, p); err == nil {
				t.Errorf("signed as %s", file)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	kid, p, err := Inspect(signed(t, stranger, sample()))
	if err != nil || kid != KeyID(stranger.Public().(ed25519.PublicKey)) || !reflect.DeepEqual(p, sample()) {
		t.Errorf("%s %+v, %v", kid, p, err)
	}
	for want, file := range map[Verdict][]byte{FormatForeign: foreign(), PayloadInvalid: resigned(Version, Algorithm, "{}")} {
		if _, _, err := Inspect(file); err == nil || !strings.HasPrefix(err.Error(), string(want)) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
