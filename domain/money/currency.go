package money

import (
	"errors"
	"fmt"
	"strings"
)

// Currency is an ISO 4217 alphabetic code, such as "USD". Only codes that [ParseCurrency] knows make amounts.
type Currency string

// ErrCurrencyUnknown says that a code is not one of an active ISO 4217 currency. Codes are upper case.
var ErrCurrencyUnknown = errors.New("currency must be an active ISO 4217 code in upper case, such as USD")

// ParseCurrency gives the currency of an upper-case ISO 4217 code, or [ErrCurrencyUnknown].
func ParseCurrency(code string) (Currency, error) {
	if c := Currency(code); c.Valid() {
		return c, nil
	}
	return "", fmt.Errorf("%w: %.10q", ErrCurrencyUnknown, code)
}

// Valid reports whether the code is known.
func (c Currency) Valid() bool {
	_, ok := digits[c]
	return ok
}

// Digits counts the digits after the decimal point of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. It is 0 for a code
// that is not [Currency.Valid].
func (c Currency) Digits() int { return digits[c] }

// digits holds ISO 4217 list one without what nobody is billed in: metals, bond units, SDR, test codes and XXX. An entry's
// number never changes, since stored amounts were rounded by it.
var digits = func() map[Currency]int {
	table := map[Currency]int{}
	for n, codes := range []string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
		2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
			CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
			IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
			MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
			SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER
			ZAR ZMW ZWG`,
		3: "BHD IQD JOD KWD LYD OMR TND",
		4: "CLF UYW",
	} {
		for _, code := range strings.Fields(codes) {
			table[Currency(code)] = n
		}
	}
	return table
}()
