package licensefile

import (
	"bytes"
	"testing"
)

// FuzzVerify holds that nothing but what was signed is accepted, and that nothing makes the verifier panic.
func FuzzVerify(f *testing.F) {
	for _, s := range stories(f) {
		f.Add(s.file)
	}
	good := signed(f, seller, sample())
	f.Fuzz(func(t *testing.T, file []byte) {
		got := trust.Verify(file, asked())
		if got.Verdict.Accepted() && !bytes.Equal(file, good) && !accepted(t, file) {
			t.Errorf("accepted: %q", file)
		}
		if !got.Verdict.Accepted() && got.Detail == "" {
			t.Errorf("%s without a reason: %q", got.Verdict, file)
		}
	})
}

// accepted finds a file among the stories that are to be accepted.
func accepted(t *testing.T, file []byte) bool {
	for _, s := range stories(t) {
		if s.want.Accepted() && bytes.Equal(s.file, file) {
			return true
		}
	}
	return false
}

// FuzzPayload holds that a payload which is read is written back byte for byte.
func FuzzPayload(f *testing.F) {
	canonical, err := sample().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(canonical)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := decodePayload(text)
		if err != nil {
			return
		}
		if back, err := p.encode(); err != nil || !bytes.Equal(back, text) {
			t.Errorf("%q comes back as %q, %v", text, back, err)
		}
	})
}

// FuzzCanonical holds that the canonical form is a fixed point.
func FuzzCanonical(f *testing.F) {
	for _, text := range []string{`{"b":[1.50,"\u00e9\n"],"a":null}`, `-0.00012e5`, `"\ud83d\ude02"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Canonical(text)
		if err != nil {
			return
		}
		if twice, err := Canonical(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q becomes %q, then %q, %v", text, once, twice, err)
		}
	})
}
