package endpoint

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z0-9/]{0,6}`)
		number := rapid.Int64Range(-integerMax, integerMax)
		method, path, n := text.Draw(t, "method"), text.Draw(t, "path"), number.Draw(t, "n")
		one, err := fingerprint("key", method, path, nil, fmt.Appendf(nil, `{"a":%d,"b":"x"}`, n))
		if err != nil {
			t.Fatal(err)
		}
		two, err := fingerprint("key", method, path, nil, fmt.Appendf(nil, ` {"b" : "\u0078", "a":%d}`, n))
		if err != nil || one != two {
			t.Fatalf("one request has two fingerprints, %v", err)
		}
		other := method + path
		cut := rapid.IntRange(0, len(other)).Draw(t, "cut")
		three, err := fingerprint("key", other[:cut], other[cut:], nil, fmt.Appendf(nil, `{"a":%d,"b":"x"}`, n))
		if err != nil || (three == one) != (other[:cut] == method) {
			t.Fatalf("parts of a request run together, %v", err)
		}
	})
}

// TestFingerprintsDiffer compares requests that are alike.
func TestFingerprintsDiffer(t *testing.T) {
	t.Parallel()
	one, _ := fingerprint("key", "", "", nil, []byte(`{"a":9007199254740992}`))
	for name, c := range map[string]struct{ key, body string }{
		"another integer": {"key", `{"a":9007199254740993}`},
		"another key":     {"other", `{"a":9007199254740992}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if two, err := fingerprint(c.key, "", "", nil, []byte(c.body)); err != nil || two == one {
				t.Errorf("the fingerprint is the same, %v", err)
			}
		})
	}
}
