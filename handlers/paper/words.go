package paper

import (
	_ "embed" // the names of countries
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

// thin parts the thousands of an amount. It is narrow, and no line breaks there.
const thin = "\u202f"

// figure writes an amount without its currency: thousands apart, the currency's digits behind a point, a real minus.
func figure(a money.Amount) string {
	digits, minus := strings.CutPrefix(a.Plain(), "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	for n := len(whole) - 3; n > 0; n -= 3 {
		whole = whole[:n] + thin + whole[n:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if minus {
		return "−" + whole
	}
	return whole
}

// Price writes an amount with its currency.
func Price(a money.Amount) string { return string(a.Currency()) + "\u00a0" + figure(a) }

// Day writes a date in full.
func Day(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 January 2006") }

// shortDay writes a date where there is little room.
func shortDay(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan 2006") }

// days names the first and the last day of a period, and says of both only what differs.
func days(p period.Period, zone *time.Location) string {
	first, last := p.Start.In(zone), p.End.Add(-time.Microsecond).In(zone)
	switch {
	case !first.Before(last), first.Format(time.DateOnly) == last.Format(time.DateOnly):
		return first.Format("2 Jan 2006")
	case first.Year() != last.Year():
		return first.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
	case first.Month() != last.Month():
		return first.Format("2 Jan") + " – " + last.Format("2 Jan 2006")
	}
	return first.Format("2") + " – " + last.Format("2 Jan 2006")
}

// share tells how much of a full period is billed. The ratio counts days or seconds; the days of the period that is billed
// tell which.
func share(r period.Ratio, of period.Period, zone *time.Location) string {
	if int64(period.Days(of.Start, of.End, zone)) == r.Num {
		return fmt.Sprintf("%d of %s", r.Num, count(r.Den, "day"))
	}
	return span(r.Num) + " of " + span(r.Den)
}

// span writes seconds as days and a time.
func span(seconds int64) string {
	const perDay = 24 * 60 * 60
	n, rest := seconds/perDay, time.Duration(seconds%perDay)*time.Second
	clock := time.Time{}.Add(rest).Format("15:04:05")
	switch {
	case rest == 0:
		return count(n, "day")
	case n == 0:
		return clock
	}
	return count(n, "day") + " " + clock
}

// count writes a number of things.
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// percent writes a rate such as 0.19 as 19 %.
func percent(rate string) string {
	share, err := decimal.NewFromString(rate)
	if err != nil {
		return rate
	}
	return share.Shift(2).String() + "\u00a0%"
}

// join puts the parts that are there behind one another.
func join(parts ...string) string {
	return strings.Join(filled(parts), ", ")
}

//go:embed countries.txt
var countryList string

// countries maps codes of two letters, as in ISO 3166-1, to English names.
var countries = func() map[string]string {
	names := map[string]string{}
	for line := range strings.Lines(countryList) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		names[code] = name
	}
	return names
}()

// country names a country in English. A code that is unknown stays as it is.
func country(code string) string {
	if name, known := countries[strings.TrimSpace(code)]; known {
		return name
	}
	return code
}
