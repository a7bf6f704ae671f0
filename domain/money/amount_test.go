package money_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		currency money.Currency
		text     string
		want     string
	}{
		{"USD", "12.30", "12.30"},
		{"USD", "12.3", "12.30"},
		{"USD", "12", "12.00"},
		{"USD", "0", "0.00"},
		{"USD", "-0.00", "0.00"},
		{"USD", "-0.01", "-0.01"},
		{"USD", "999999999999999999.99", "999999999999999999.99"},
		{"JPY", "100", "100"},
		{"KWD", "1.234", "1.234"},
		{"CLF", "0.0001", "0.0001"},
	} {
		t.Run(string(tt.currency)+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(tt.currency, tt.text)
			if err != nil || got.Plain() != tt.want {
				t.Errorf("%v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "1 ", "+1", "-", ".5", "5.", "00", "012.50", "-01", "1E3", "1e9999", "0x10", "1_000", "1,00", "−1", "١",
		"12.305", "12.300", "1000000000000000000", "NaN", "Inf", "1.2.3", "1\n", "--1",
	} {
		t.Run(strconv.Quote(text), func(t *testing.T) {
			t.Parallel()
			if got, err := money.Parse("USD", text); !errors.Is(err, money.ErrAmountInvalid) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	t.Run("a yen has no fraction", func(t *testing.T) {
		t.Parallel()
		if got, err := money.Parse("JPY", "100.0"); !errors.Is(err, money.ErrAmountInvalid) {
			t.Errorf("%v, %v", got, err)
		}
	})
	for _, code := range []money.Currency{"", "usd", "XXX", "XTS", "XAU", "DEM", "ZZZ"} {
		t.Run("currency "+strconv.Quote(string(code)), func(t *testing.T) {
			t.Parallel()
			if _, err := money.Parse(code, "1"); !errors.Is(err, money.ErrCurrencyUnknown) {
				t.Error(err)
			}
			if _, err := money.ParseCurrency(string(code)); !errors.Is(err, money.ErrCurrencyUnknown) {
				t.Error(err)
			}
			if _, err := money.FromMinor(code, 1); !errors.Is(err, money.ErrCurrencyUnknown) {
				t.Error(err)
			}
		})
	}
}

// What a request may not say may have been stored before: sums of amounts that were each within the rule.
func TestStoredAmountsHaveAnySize(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1999999999999999999.98", "-1000000000000000000.00", "123456789012345678901234567890123456789012345678901234567890.12"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if got, err := money.Parse("USD", text); !errors.Is(err, money.ErrAmountInvalid) {
				t.Errorf("a request says %v, %v", got, err)
			}
			if got, err := money.ParseStored("USD", text); err != nil || got.Plain() != text {
				t.Errorf("stored is %v, %v", got, err)
			}
			stored := `{"amount":"` + text + `","currency":"USD"}`
			var amount money.Amount
			if err := json.Unmarshal([]byte(stored), &amount); err != nil || amount.Plain() != text {
				t.Errorf("%s comes back as %v, %v", stored, amount, err)
			}
			if again, err := json.Marshal(amount); err != nil || string(again) != stored {
				t.Errorf("%s is written again as %s, %v", stored, again, err)
			}
		})
	}
	for _, text := range []string{"", "1e3", "00", "1.234", "1_000", " 1", "NaN"} {
		t.Run("refused: "+text, func(t *testing.T) {
			t.Parallel()
			if got, err := money.ParseStored("USD", text); !errors.Is(err, money.ErrAmountInvalid) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestCurrencyDigits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{
		"USD": 2, "EUR": 2, "XCG": 2, "ZWG": 2, "JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "UYI": 0,
		"KWD": 3, "BHD": 3, "TND": 3, "CLF": 4, "UYW": 4,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			currency, err := money.ParseCurrency(code)
			if err != nil || currency.Digits() != want {
				t.Errorf("%d digits (%v), want %d", currency.Digits(), err, want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	t.Run("there and back", func(t *testing.T) {
		t.Parallel()
		const text = `{"amount":"12.30","currency":"USD"}`
		var amount money.Amount
		if err := json.Unmarshal([]byte(text), &amount); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(amount); err != nil || string(got) != text {
			t.Errorf("got %s, %v", got, err)
		}
	})
	t.Run("without a currency", func(t *testing.T) {
		t.Parallel()
		if _, err := json.Marshal(money.Amount{}); err == nil {
			t.Error("an amount without a currency was written")
		}
	})
	for name, text := range map[string]string{
		"in another order": `{"currency":"USD","amount":"12.30"}`, "with spaces": ` { "amount" : "12.30", "currency": "USD" } `,
		"with escapes": `{"amount":"\u00312.30","currency":"\u0055SD"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var amount money.Amount
			if err := json.Unmarshal([]byte(text), &amount); err != nil || amount.String() != "12.30 USD" {
				t.Errorf("got %v, %v", amount, err)
			}
		})
	}
	for _, bad := range []string{
		`null`, `"12.30"`, `12.30`, `[]`, `{}`, `{"amount":"1"}`, `{"currency":"USD"}`, `{"amount":1,"currency":"USD"}`,
		`{"amount":null,"currency":"USD"}`, `{"amount":"1","currency":"usd"}`, `{"Amount":"1","currency":"USD"}`,
		`{"amount":"1","amount":"2","currency":"USD"}`, `{"amount":"1","currency":"USD","x":"y"}`,
		`{"amount":"1.234","currency":"USD"}`, `{"amount":{"amount":"1"},"currency":"USD"}`, `{"amount":"1\","currency":"USD"}`,
		`{"amount":"1","currency":"USD","currency":"USD"}`, `{"amount":"","currency":""}`,
	} {
		t.Run(bad, func(t *testing.T) {
			t.Parallel()
			if err := new(money.Amount).UnmarshalJSON([]byte(bad)); err == nil {
				t.Error("it was read")
			}
		})
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	dollar, euro := parse(t, "USD", "1"), parse(t, "EUR", "1")
	for name, mix := range map[string]func() error{
		"added":              func() error { _, err := dollar.Add(euro); return err },
		"subtracted":         func() error { _, err := dollar.Sub(euro); return err },
		"compared":           func() error { _, err := dollar.Cmp(euro); return err },
		"added to no amount": func() error { _, err := dollar.Add(money.Amount{}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := mix(); !errors.Is(err, money.ErrCurrencyMismatch) {
				t.Error(err)
			}
		})
	}
	t.Run("equal", func(t *testing.T) {
		t.Parallel()
		if dollar.Equal(euro) {
			t.Error("a dollar is a euro")
		}
	})
}

func TestArithmetic(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := currencies.Draw(t, "currency")
		m, n := minors.Draw(t, "m"), minors.Draw(t, "n")
		a, b := fromMinor(t, currency, m), fromMinor(t, currency, n)

		sum, err := a.Add(b)
		if err != nil || sum.Minor().Int64() != m+n {
			t.Fatalf("%v + %v = %v, %v", a, b, sum, err)
		}
		back, err := sum.Sub(b)
		if err != nil || !back.Equal(a) || !reflect.DeepEqual(back, a) {
			t.Fatalf("%v - %v = %v, %v", sum, b, back, err)
		}
		if order, err := a.Cmp(b); err != nil || (order < 0) != (m < n) || (order == 0) != a.Equal(b) {
			t.Fatalf("%v cmp %v = %d, %v", a, b, order, err)
		}
		if !a.Neg().Neg().Equal(a) || a.Neg().Sign() != -a.Sign() || a.IsZero() != (m == 0) {
			t.Fatalf("signs of %v", a)
		}
		if triple := a.Mul(3); triple.Minor().Int64() != 3*m {
			t.Fatalf("3 × %v = %v", a, triple)
		}
	})
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := fromMinor(t, currencies.Draw(t, "currency"), minors.Draw(t, "minor"))
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var b money.Amount
		if err := json.Unmarshal(data, &b); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("%s came back as %v, %v", data, b, err)
		}
	})
}

var (
	currencies = rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY", "KWD", "CLF"})
	minors     = rapid.Int64Range(-1_000_000_000_000, 1_000_000_000_000)
)

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func parse(t fataler, currency money.Currency, text string) money.Amount {
	t.Helper()
	amount, err := money.Parse(currency, text)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return amount
}

func fromMinor(t fataler, currency money.Currency, minor int64) money.Amount {
	t.Helper()
	amount, err := money.FromMinor(currency, minor)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return amount
}

func TestOfOneCurrency(t *testing.T) {
	t.Parallel()
	usd := fromMinor(t, "USD", 1230)
	if got := usd.Plus(usd).Minus(usd.Mul(3)); !got.Equal(usd.Neg()) {
		t.Errorf("%v", got)
	}
	if got := usd.Minus(usd); !got.Equal(money.Zero("USD")) {
		t.Errorf("%v", got)
	}
	for name, wrong := range map[string]func(){
		"another currency": func() { usd.Plus(money.Zero("EUR")) }, "none": func() { usd.Minus(money.Amount{}) }, "unknown": func() { money.Zero("XXX") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			wrong()
		})
	}
}
