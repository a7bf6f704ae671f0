package licensefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// depthMax bounds how deep values lie within each other.
const depthMax = 64

var errNotJSON = errors.New("it is not one JSON value in UTF-8")

// Canonical rewrites JSON in the form of RFC 8785: members sorted by the UTF-16 units of their names, no white space, each string
// and number in its one spelling. It refuses members named twice, and numbers that a double may not hold to the last digit:
// others than integers up to 2^53 and decimals of at most 15 digits.
func Canonical(value []byte) ([]byte, error) {
	if !utf8.Valid(value) || !json.Valid(value) || hasLoneSurrogate(value) {
		return nil, errNotJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	return appendValue(nil, decoder, 0)
}

func appendValue(to []byte, from *json.Decoder, depth int) ([]byte, error) {
	if depth > depthMax {
		return nil, fmt.Errorf("its values lie more than %d deep", depthMax)
	}
	token, err := from.Token()
	if err != nil {
		return nil, errNotJSON
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return appendObject(to, from, depth+1)
		}
		return appendArray(to, from, depth+1)
	case string:
		return appendString(to, t), nil
	case json.Number:
		return appendNumber(to, t.String())
	case bool:
		return strconv.AppendBool(to, t), nil
	default:
		return append(to, "null"...), nil
	}
}

func appendArray(to []byte, from *json.Decoder, depth int) ([]byte, error) {
	to = append(to, '[')
	for n := 0; from.More(); n++ {
		if n > 0 {
			to = append(to, ',')
		}
		var err error
		if to, err = appendValue(to, from, depth); err != nil {
			return nil, err
		}
	}
	_, err := from.Token()
	return append(to, ']'), err
}

func appendObject(to []byte, from *json.Decoder, depth int) ([]byte, error) {
	type member struct {
		name  string
		units []uint16
		value []byte
	}
	var members []member
	for from.More() {
		token, err := from.Token()
		if err != nil {
			return nil, errNotJSON
		}
		name := token.(string)
		value, err := appendValue(nil, from, depth)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, utf16.Encode([]rune(name)), value})
	}
	slices.SortStableFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	to = append(to, '{')
	for n, m := range members {
		if n > 0 {
			if m.name == members[n-1].name {
				return nil, fmt.Errorf("the member %q is there twice", m.name)
			}
			to = append(to, ',')
		}
		to = append(append(appendString(to, m.name), ':'), m.value...)
	}
	_, err := from.Token()
	return append(to, '}'), err
}

// shortEscapes are the control characters that have an escape of two characters.
const shortEscapes = "\b\t\n\f\r"

func appendString(to []byte, text string) []byte {
	to = append(to, '"')
	for _, c := range []byte(text) {
		short := strings.IndexByte(shortEscapes, c)
		switch {
		case c == '"' || c == '\\':
			to = append(to, '\\', c)
		case short >= 0:
			to = append(to, '\\', "btnfr"[short])
		case c < ' ':
			to = fmt.Appendf(to, `\u%04x`, c)
		default:
			to = append(to, c)
		}
	}
	return append(to, '"')
}

const (
	digitsMax   = 15                 // that every double holds
	integerMax  = "9007199254740991" // 2^53 - 1
	exponentMax = 300                // well within a double's range
	plainLowest = -7                 // exponents of ten from which ECMAScript writes without an exponent …
	plainBeyond = 21                 // … and from which it writes with one again
)

// appendNumber writes a number as ECMAScript does. Nothing is rounded, since all digits are known to be held.
func appendNumber(to []byte, text string) ([]byte, error) {
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(rest), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return nil, fmt.Errorf("the number %.40s is out of range", text)
		}
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	point := len(digits) - len(fraction) + exponent // where the point stands within the digits
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return append(to, '0'), nil
	}
	integer := point == len(digits) && len(digits) == len(integerMax) && digits <= integerMax
	if point < -exponentMax || point > exponentMax || len(digits) > digitsMax && !integer {
		return nil, fmt.Errorf("the number %.40s can't be held to the last digit", text)
	}
	if negative {
		to = append(to, '-')
	}
	return appendDigits(to, digits, point), nil
}

func appendDigits(to []byte, digits string, point int) []byte {
	switch n := len(digits); {
	case n <= point && point <= plainBeyond:
		return append(append(to, digits...), strings.Repeat("0", point-n)...)
	case 0 < point && point <= plainBeyond:
		return append(append(append(to, digits[:point]...), '.'), digits[point:]...)
	case plainLowest < point-1 && point <= 0:
		return append(append(append(to, "0."...), strings.Repeat("0", -point)...), digits...)
	}
	to = append(to, digits[0])
	if len(digits) > 1 {
		to = append(append(to, '.'), digits[1:]...)
	}
	return fmt.Appendf(to, "e%+d", point-1)
}

// hasLoneSurrogate finds an escape of half a character, which is no text.
func hasLoneSurrogate(value []byte) bool {
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' {
			continue
		}
		unit, is := escapedUnit(value[i:])
		i++
		if !is || !utf16.IsSurrogate(unit) {
			continue
		}
		low, _ := escapedUnit(value[i+5:])
		if utf16.DecodeRune(unit, low) == utf8.RuneError {
			return true
		}
		i += 10
	}
	return false
}

// escapedUnit reads \uXXXX at the beginning of a text.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}
