package money

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount holds a sum of money, exactly a whole number of its currency's minor units. It is a value; [Amount.Equal] and
// reflect.DeepEqual compare amounts, and == does not. The zero value has no currency and goes with none.
type Amount struct {
	value    decimal.Decimal // exponent is −currency.Digits(), so that one amount has one representation
	currency Currency
}

// AmountRule describes the text of an amount.
const AmountRule = `a plain decimal such as "12.30": at most 18 digits before the point, none of them a leading zero, ` +
	`and after it no more than the currency has`

var (
	// ErrAmountInvalid says that a text breaks [AmountRule].
	ErrAmountInvalid = errors.New("amount must be " + AmountRule)
	// ErrCurrencyMismatch says that amounts of different currencies met.
	ErrCurrencyMismatch = errors.New("amounts have different currencies")
)

// The grammar stands before the decimal package, which would also read 1E3, .5, 5., +1, 00012 and a Unicode minus, and
// would make a ten-thousand-character number of 1e9999.
var (
	grammar       = regexp.MustCompile(`\A-?(?:0|[1-9][0-9]{0,17})(?:\.([0-9]{1,4}))?\z`)
	storedGrammar = regexp.MustCompile(`\A-?(?:0|[1-9][0-9]*)(?:\.([0-9]{1,4}))?\z`)
)

// Parse reads text by [AmountRule]: "12.3" and "12.30" are the same amount of USD, "12.305" is refused. The error is
// [ErrCurrencyUnknown] or [ErrAmountInvalid].
func Parse(currency Currency, text string) (Amount, error) {
	return parse(grammar, currency, text)
}

// ParseStored reads what [Amount.Plain] wrote, and takes any number of digits: what was stored, and sums of it, stay
// readable whatever is admitted today.
func ParseStored(currency Currency, text string) (Amount, error) {
	return parse(storedGrammar, currency, text)
}

func parse(grammar *regexp.Regexp, currency Currency, text string) (Amount, error) {
	if !currency.Valid() {
		return Amount{}, ErrCurrencyUnknown
	}
	match := grammar.FindStringSubmatch(text)
	if match == nil || len(match[1]) > currency.Digits() {
		return Amount{}, ErrAmountInvalid
	}
	whole, fraction, _ := strings.Cut(text, ".")
	minor, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", currency.Digits()-len(fraction)), 10)
	if !ok {
		return Amount{}, ErrAmountInvalid
	}
	return of(currency, minor), nil
}

// FromMinor makes an amount of minor units: 1230 of USD is 12.30.
func FromMinor(currency Currency, minor int64) (Amount, error) {
	if !currency.Valid() {
		return Amount{}, ErrCurrencyUnknown
	}
	return of(currency, big.NewInt(minor)), nil
}

// Zero gives no money of a currency that is known to be valid; it panics for any other.
func Zero(currency Currency) Amount {
	none, err := FromMinor(currency, 0)
	if err != nil {
		panic(err)
	}
	return none
}

// of takes minor over.
func of(currency Currency, minor *big.Int) Amount {
	if minor.Sign() == 0 {
		// Arithmetic leaves zeros with and without a backing array, which reflect.DeepEqual tells apart.
		minor = new(big.Int)
	}
	return Amount{value: decimal.NewFromBigInt(minor, -int32(currency.Digits())), currency: currency}
}

// Currency gives the currency, which only the zero Amount lacks.
func (a Amount) Currency() Currency { return a.currency }

// Decimal gives the exact value in major units.
func (a Amount) Decimal() decimal.Decimal { return a.value }

// Minor gives the exact value in minor units.
func (a Amount) Minor() *big.Int { return a.value.Coefficient() }

// Plain writes the value alone with exactly the currency's digits, such as "12.30", as amounts are stored and sent.
func (a Amount) Plain() string { return a.value.StringFixed(int32(a.currency.Digits())) }

// String writes the amount for people, such as "12.30 USD".
func (a Amount) String() string { return fmt.Sprintf("%s %s", a.Plain(), a.currency) }

// IsZero reports whether the value is nothing, of any currency. Mind that the JSON option omitzero asks this.
func (a Amount) IsZero() bool { return a.value.IsZero() }

// Sign gives -1, 0 or 1.
func (a Amount) Sign() int { return a.value.Sign() }

// Neg gives −a.
func (a Amount) Neg() Amount { return of(a.currency, new(big.Int).Neg(a.Minor())) }

// Equal reports whether both have the same value and the same currency.
func (a Amount) Equal(b Amount) bool { return a.currency == b.currency && a.value.Equal(b.value) }

// Cmp gives -1, 0 or 1 as a is less than, equal to or more than b, or [ErrCurrencyMismatch].
func (a Amount) Cmp(b Amount) (int, error) {
	if a.currency != b.currency {
		return 0, mismatch(a.currency, b.currency)
	}
	return a.value.Cmp(b.value), nil
}

// Add gives a + b, or [ErrCurrencyMismatch].
func (a Amount) Add(b Amount) (Amount, error) {
	if a.currency != b.currency {
		return Amount{}, mismatch(a.currency, b.currency)
	}
	return of(a.currency, new(big.Int).Add(a.Minor(), b.Minor())), nil
}

// Sub gives a − b, or [ErrCurrencyMismatch].
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Plus gives a + b of one currency; it panics where the currencies differ.
func (a Amount) Plus(b Amount) Amount {
	sum, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return sum
}

// Minus gives a − b of one currency; it panics where the currencies differ.
func (a Amount) Minus(b Amount) Amount { return a.Plus(b.Neg()) }

// Mul gives n times a, exactly.
func (a Amount) Mul(n int64) Amount {
	return of(a.currency, new(big.Int).Mul(a.Minor(), big.NewInt(n)))
}

func mismatch(a, b Currency) error { return fmt.Errorf("%w: %s and %s", ErrCurrencyMismatch, a, b) }
