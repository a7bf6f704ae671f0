package endpoint

import (
	"encoding/base64"
	"testing"

	"github.com/google/uuid"
)

// TestBothFormsOfCursors reads what this release and the one before write, and what a ledger signed with a secret that it
// lately had.
func TestBothFormsOfCursors(t *testing.T) {
	t.Parallel()
	now, before, other := []byte("now"), []byte("before"), []byte("other")
	c := cursors{ledger: uuid.New(), secrets: [][]byte{now, before}, list: "list"}
	first := func(c cursors) string {
		return base64.RawURLEncoding.EncodeToString(append(c.firstMac("key"), "key"...))
	}
	second := func(secret []byte, c cursors, key string) string {
		return "s." + base64.RawURLEncoding.EncodeToString(append(c.secondMac(secret, key), key...))
	}
	elsewhere, another := c, c
	elsewhere.ledger, another.list = uuid.New(), "lis"
	for name, test := range map[string]struct {
		cursor string
		ok     bool
	}{
		"the first form":             {first(c), true},
		"another ledger's":           {first(elsewhere), false},
		"what is written":            {c.encode("key"), true},
		"the second form":            {second(now, c, "key"), true},
		"the secret before":          {second(before, c, "key"), true},
		"another secret":             {second(other, c, "key"), false},
		"no secret":                  {second(nil, c, "key"), false},
		"another list":               {second(now, another, "tkey"), false},
		"the first form as second":   {"s." + first(c), false},
		"the second form as first":   {second(now, c, "key")[2:], false},
		"the second form, cut":       {second(now, c, "key")[:8], false},
		"the second form, prolonged": {second(now, c, "key") + "AA", false},
		"nothing":                    {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			if key, ok := c.decode(test.cursor); ok != test.ok || ok && key != "key" {
				t.Errorf("%q, %t", key, ok)
			}
		})
	}
}
