package money_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain/money"
)

func stored(t *testing.T, currency money.Currency, text string) money.Amount {
	t.Helper()
	amount, err := money.ParseStored(currency, text)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func TestInRange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		text     string
		want     bool
	}{
		{"USD", "0", true}, {"USD", "999999999999999999.99", true}, {"USD", "-999999999999999999.99", true},
		{"USD", "1000000000000000000.00", false}, {"USD", "-1000000000000000000", false}, {"JPY", "999999999999999999", true},
		{"JPY", "1000000000000000000", false}, {"CLF", "999999999999999999.9999", true}, {"CLF", "1000000000000000000", false},
	} {
		t.Run(string(tt.currency)+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			if got := stored(t, tt.currency, tt.text).InRange(); got != tt.want {
				t.Errorf("%v", got)
			}
		})
	}
}

type lines struct {
	Lines   []line                  `json:"lines"`
	Refund  *money.Amount           `json:"refund"`
	By      map[string]money.Amount `json:"by"`
	Balance money.Amount            `json:"balance" range:"any"`
	Name    string                  `json:"name"`
}

type line struct {
	Amount money.Amount `json:"amount,omitempty"`
}

// TestCheck looks for an amount that is out of range wherever one can stand, and names it.
func TestCheck(t *testing.T) {
	t.Parallel()
	fine, beyond := stored(t, "USD", "999999999999999999.99"), stored(t, "USD", "-1000000000000000000.00")
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"nothing":          {lines{}, ""},
		"no amounts":       {struct{ Name string }{"x"}, ""},
		"all in range":     {lines{Lines: []line{{fine}}, Refund: &fine, By: map[string]money.Amount{"a": fine}}, ""},
		"in a list":        {lines{Lines: []line{{fine}, {beyond}}}, "/lines/1/amount"},
		"behind a pointer": {lines{Refund: &beyond}, "/refund"},
		"in a map":         {lines{By: map[string]money.Amount{"a": beyond}}, "/by/a"},
		"of any range":     {lines{Balance: beyond}, ""},
		"alone":            {beyond, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := money.Check(tt.value)
			if tt.want == "" && name != "alone" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var beyond *money.RangeError
			if !errors.As(err, &beyond) || beyond.Pointer != tt.want || !strings.Contains(err.Error(), "-1000000000000000000.00") {
				t.Errorf("%v", err)
			}
		})
	}
}
