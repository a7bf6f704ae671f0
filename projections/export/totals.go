package export

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// Total sums up what a file's columns debit and credit hold in one currency.
type Total struct {
	Currency string `json:"currency"`
	Debit    string `json:"debit"`
	Credit   string `json:"credit"`
}

// totals sums up the debits and credits of rows, where a table has them.
type totals struct {
	debit, credit, currency int
	Sums                    map[string]*sums `json:"sums"`
}

type sums struct{ Debit, Credit sum }

func newTotals(t Table) *totals {
	found := &totals{t.Index("debit"), t.Index("credit"), t.Index("currency"), map[string]*sums{}}
	if found.credit < 0 || found.currency < 0 {
		found.debit = -1
	}
	return found
}

func (t *totals) add(row []Cell) error {
	if t.debit < 0 {
		return nil
	}
	of := t.Sums[row[t.currency].Text]
	if of == nil {
		of = &sums{}
		t.Sums[row[t.currency].Text] = of
	}
	if err := of.Debit.add(row[t.debit]); err != nil {
		return err
	}
	return of.Credit.add(row[t.credit])
}

// sorted gives the sums by currency.
func (t *totals) sorted() []Total {
	all := []Total{}
	for _, currency := range slices.SortedFunc(maps.Keys(t.Sums), cmp.Compare) {
		all = append(all, Total{Currency: currency, Debit: t.Sums[currency].Debit.String(), Credit: t.Sums[currency].Credit.String()})
	}
	return all
}

// sum adds decimals exactly. It has as many digits behind the point as the longest of them.
type sum struct {
	Units  big.Int `json:"units"` // of the last digit
	Digits int     `json:"digits"`

	scratch big.Int
}

func (s *sum) add(cell Cell) error {
	if cell.Text == "" {
		return nil
	}
	if units, digits, ok := parseShort(cell.Text); ok && digits == s.Digits {
		s.Units.Add(&s.Units, s.scratch.SetInt64(units))
		return nil
	}
	units, digits, ok := parseDecimal(cell.Text)
	if !ok {
		return fmt.Errorf("%q is no amount", cell.Text)
	}
	for ; digits < s.Digits; digits++ {
		units.Mul(units, ten)
	}
	for ; s.Digits < digits; s.Digits++ {
		s.Units.Mul(&s.Units, ten)
	}
	s.Units.Add(&s.Units, units)
	return nil
}

func (s *sum) String() string { return formatDecimal(&s.Units, s.Digits) }

var ten = big.NewInt(10)

// parseDecimal reads a plain decimal: so many units of its last digit.
func parseDecimal(text string) (units *big.Int, digits int, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	units, ok = new(big.Int).SetString(whole+fraction, 10)
	return units, len(fraction), ok
}

// parseShort reads what most decimals are: a few digits, and a point among them.
func parseShort(text string) (units int64, digits int, ok bool) {
	const most = 18 // digits that an int64 has for sure
	point := len(text)
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			units = 10*units + int64(c-'0')
		case c == '.' && point == len(text):
			point = i
		default:
			return 0, 0, false
		}
	}
	return units, max(len(text)-point-1, 0), len(text) > 0 && len(text) <= most
}

// formatDecimal writes units of the last of so many digits.
func formatDecimal(units *big.Int, digits int) string {
	text := new(big.Int).Abs(units).String()
	if digits > 0 {
		text = strings.Repeat("0", max(0, digits+1-len(text))) + text
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if units.Sign() < 0 {
		return "-" + text
	}
	return text
}
