package endpoint

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z0-9/]{0,6}`)
		number := rapid.Int64Range(-IntegerMax, IntegerMax)
		method, path, n := text.Draw(t, "method"), text.Draw(t, "path"), number.Draw(t, "n")
		one, err := fingerprints("key", method, path, nil, fmt.Appendf(nil, `{"a":%d,"b":"x"}`, n))
		if err != nil {
			t.Fatal(err)
		}
		two, err := fingerprints("key", method, path, nil, fmt.Appendf(nil, ` {"b" : "\u0078", "a":%d}`, n))
		if err != nil || one != two {
			t.Fatalf("one request has two fingerprints, %v", err)
		}
		other := method + path
		cut := rapid.IntRange(0, len(other)).Draw(t, "cut")
		three, err := fingerprints("key", other[:cut], other[cut:], nil, fmt.Appendf(nil, `{"a":%d,"b":"x"}`, n))
		if err != nil || (three == one) != (other[:cut] == method) {
			t.Fatalf("parts of a request run together, %v", err)
		}
	})
}

// TestFingerprintsDiffer compares requests that are alike.
func TestFingerprintsDiffer(t *testing.T) {
	t.Parallel()
	one, _ := fingerprints("key", "", "", nil, []byte(`{"a":9007199254740992}`))
	for name, c := range map[string]struct{ key, body string }{
		"another integer": {"key", `{"a":9007199254740993}`},
		"another key":     {"other", `{"a":9007199254740992}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if two, err := fingerprints(c.key, "", "", nil, []byte(c.body)); err != nil || two[0] == one[0] || two[1] == one[1] {
				t.Errorf("the fingerprint is the same, %v", err)
			}
		})
	}
}

// TestFingerprintsStay holds what is stored with keys for ever.
func TestFingerprintsStay(t *testing.T) {
	t.Parallel()
	sums, err := fingerprints("key", "POST", "/v1/products", url.Values{"b": {"2"}, "a": {"1"}}, []byte(`{"name":"Pro","code":"pro"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"eea4ac0dfebbe427fddeafd57c811f18dfd3b69c81e957bc17917136cc792fea",
		"02da16f10f17bc9c3c78b52a72314f4dcd2baf7f95c50ba58ebddd815f2e2d14",
	} {
		if got := hex.EncodeToString(sums[i][:]); got != want {
			t.Errorf("algorithm %d gives %s", i+1, got)
		}
	}
}
