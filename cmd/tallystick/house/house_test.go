package house

import (
	"strings"
	"testing"
)

// TestEnoughConnections counts what is left beside those of others.
func TestEnoughConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		needed, allowed, reserved, held int32
		want                            string
	}{
		"enough":      {37, 100, 3, 60, ""},
		"one too few": {37, 100, 3, 61, "needs 37; max_connections is 100, of which 3 are reserved and others hold 61; raise it to 101 or more, or let others hold 1 fewer"},
		"by itself":   {37, 20, 3, 0, "raise it to 40 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := EnoughConnections(test.needed, test.allowed, test.reserved, test.held)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v", err)
			}
		})
	}
}
