package journal

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// ledger plays events of one workspace into a book in memory.
type ledger struct {
	t        testing.TB
	book     *Book
	shelf    *Memory
	position int64
	entries  []Entry
}

func newLedger(t testing.TB, settings Settings) *ledger {
	shelf := NewMemory()
	return &ledger{t: t, book: NewBook(settings, shelf), shelf: shelf}
}

// object is an event's data.
type object = map[string]any

func instant(text string) time.Time {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	panic(text)
}

// group plays events of one command, each with its stream, type and data.
func (l *ledger) group(at string, events ...event) {
	l.t.Helper()
	var group []Event
	for _, e := range events {
		data, err := json.Marshal(e.data)
		if err != nil {
			l.t.Fatal(err)
		}
		l.position++
		group = append(group, Event{
			Position: l.position, ID: fmt.Sprint("e", l.position), Stream: e.stream, Type: e.kind, EffectiveAt: instant(at), RecordedAt: instant(at), Data: data,
		})
	}
	if err := l.book.Apply(group, func(e Entry) error {
		l.entries = append(l.entries, e)
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
}

type event struct {
	stream, kind string
	data         any
}

func usd(text string) money.Amount {
	amount, err := money.Parse("USD", text)
	if err != nil {
		panic(err)
	}
	return amount
}

// charged is a line of an invoice.
type charged struct {
	key, kind, amount, tax, start, end string
	source, sourceInvoice              string
	discount, behavior                 string // nothing, and exclusive, where they are empty
}

// issue drafts and issues an invoice on the day.
func (l *ledger) issue(id, at string, lines ...charged) {
	l.t.Helper()
	l.group(at, drafts(id, lines...), event{"invoice:" + id, "invoice.finalized.v1", object{"number": id, "issued_at": instant(at), "credit_applied": usd("0")}})
}

func drafts(id string, lines ...charged) event {
	total := usd("0")
	var billed []any
	for _, c := range lines {
		amount, tax := usd(c.amount), usd("0")
		if c.tax != "" {
			tax = usd(c.tax)
		}
		discount, behavior := usd("0"), "exclusive"
		if c.discount != "" {
			discount = usd(c.discount)
		}
		if total = total.Plus(amount).Minus(discount); c.behavior == "" {
			total = total.Plus(tax)
		} else {
			behavior = c.behavior
		}
		line := object{
			"key": c.key, "kind": c.kind, "product": "pro", "amount": amount, "discount": discount, "tax": tax, "tax_rate": "0.1", "tax_behavior": behavior,
			"period": object{"start": instant(c.start), "end": instant(c.end)},
		}
		if c.kind == "" {
			line["kind"] = "charge"
		}
		if c.source != "" {
			line["source_line"], line["source_invoice"] = c.source, c.sourceInvoice
		}
		billed = append(billed, line)
	}
	return event{"invoice:" + id, "invoice.drafted.v1", object{
		"id": id, "workspace": "acme", "time_zone": "UTC", "bill": object{"currency": "USD", "lines": billed, "total": total},
	}}
}

// end ends months.
func (l *ledger) end(months ...string) {
	l.t.Helper()
	for _, text := range months {
		month, err := ParseMonth(text)
		if err != nil {
			l.t.Fatal(err)
		}
		l.group((month + 1).First().String(), event{"books:main", "books.month_ended.v1", object{"month": month}})
	}
}

// pay records money by hand.
func (l *ledger) pay(id, at, amount, applied string) {
	l.t.Helper()
	l.group(at, event{"invoice:" + id, "invoice.payment_recorded.v1", object{
		"amount": usd(amount), "applied": usd(applied), "credit": usd(amount).Minus(usd(applied)), "paid_at": instant(at), "payment": "p-" + at,
	}})
}

// charged issues an invoice that a gateway takes the money for, without a word of what it keeps.
func (l *ledger) charged(at string) {
	l.issue("i", at, charged{key: "a", amount: "31.00", start: "2019-01-15", end: "2019-02-15"})
	l.group(at, event{"payment:p", "payment.started.v1", object{"id": "p", "workspace": "acme", "invoice": "i"}})
	l.group(at, event{"payment:p", "payment.answered.v1", object{"n": 1, "status": "succeeded"}},
		event{"invoice:i", "invoice.payment_recorded.v1", object{
			"payment": "p", "gateway": "stripe", "amount": usd("31.00"), "applied": usd("31.00"), "credit": usd("0"), "paid_at": instant(at),
		}})
}

// monthly gives the movements of some accounts, month by month, debits positive: "2019-01 4000 -17.00".
func (l *ledger) monthly(accounts ...Account) string {
	sums := map[string]money.Amount{}
	for _, e := range l.entries {
		for _, p := range e.Postings() {
			if slices.Contains(accounts, p.Account) {
				key := fmt.Sprintf("%s %s", e.Date.Month(), p.Account)
				if _, some := sums[key]; !some {
					sums[key] = usd("0")
				}
				sums[key] = sums[key].Plus(p.Amount)
			}
		}
	}
	var all []string
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		if !sums[key].IsZero() {
			all = append(all, key+" "+sums[key].Plain())
		}
	}
	return strings.Join(all, ", ")
}

// note issues a credit note.
func (l *ledger) note(id, at string, data object) {
	l.t.Helper()
	for _, name := range []string{"reduced", "credit", "refund"} {
		if data[name] == nil {
			data[name] = usd("0")
		}
	}
	data["credit_note"], data["number"] = "cn", "CN-1"
	l.group(at, event{"invoice:" + id, "invoice.credited.v1", data})
}

func part(key, amount, tax string) object {
	return object{"key": key, "amount": usd(amount), "tax": usd(tax)}
}

// The published examples of Stripe's revenue recognition.
func TestPublishedExamples(t *testing.T) {
	t.Parallel()
	months := DefaultSettings()
	months.Recognition = ByMonth
	behind := DefaultSettings()
	behind.TimeZone = "America/New_York"
	january := charged{key: "a", amount: "31.00", start: "2019-01-15", end: "2019-02-15"}
	for name, test := range map[string]struct {
		settings Settings
		play     func(*ledger)
		accounts []Account
		want     string
	}{
		"a month from the 15th": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.end("2019-01", "2019-02")
		}, []Account{Deferred, Revenue}, "2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 2000 14.00, 2019-02 4000 -14.00"},
		"a year by days": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-01", charged{key: "a", amount: "365.00", start: "2019-01-01", end: "2020-01-01"})
			l.end("2019-01", "2019-02", "2019-03", "2019-04", "2019-05", "2019-06", "2019-07", "2019-08", "2019-09", "2019-10", "2019-11", "2019-12")
		}, []Account{Revenue}, "2019-01 4000 -31.00, 2019-02 4000 -28.00, 2019-03 4000 -31.00, 2019-04 4000 -30.00, 2019-05 4000 -31.00, 2019-06 4000 -30.00, " +
			"2019-07 4000 -31.00, 2019-08 4000 -31.00, 2019-09 4000 -30.00, 2019-10 4000 -31.00, 2019-11 4000 -30.00, 2019-12 4000 -31.00"},
		"120 days by days": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2026-06-15T12:00:00Z", charged{key: "a", amount: "120.00", start: "2026-06-15T12:00:00Z", end: "2026-10-13T12:00:00Z"})
			l.end("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
		}, []Account{Revenue}, "2026-06 4000 -16.00, 2026-07 4000 -31.00, 2026-08 4000 -31.00, 2026-09 4000 -30.00, 2026-10 4000 -12.00"},
		"120 days by months": {months, func(l *ledger) {
			l.issue("i", "2026-06-15T12:00:00Z", charged{key: "a", amount: "120.00", start: "2026-06-15T12:00:00Z", end: "2026-10-13T12:00:00Z"})
			l.end("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")
		}, []Account{Deferred, Revenue}, "2026-06 2000 -90.00, 2026-06 4000 -30.00, 2026-07 2000 30.00, 2026-07 4000 -30.00, " +
			"2026-08 2000 30.00, 2026-08 4000 -30.00, 2026-09 2000 30.00, 2026-09 4000 -30.00"},
		"an upgrade on 21 April": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-04-01", charged{key: "a", amount: "90.00", start: "2019-04-01", end: "2019-05-01"})
			l.issue("j", "2019-04-21", charged{key: "c", kind: "credit", amount: "-30.00", start: "2019-04-21", end: "2019-05-01", source: "a", sourceInvoice: "i"},
				charged{key: "b", amount: "40.00", start: "2019-04-21", end: "2019-05-01"})
			l.end("2019-04", "2019-05")
		}, []Account{Revenue, Deferred, CreditNotes}, "2019-04 4000 -100.00"},
		"half credited": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-01", charged{key: "a", amount: "90.00", start: "2019-01-01", end: "2019-04-01"})
			l.end("2019-01")
			l.note("i", "2019-02-01", object{"lines": []any{part("a", "45.00", "0")}, "total": usd("45.00"), "reduced": usd("45.00")})
			l.end("2019-02", "2019-03")
		}, []Account{Revenue, CreditNotes}, "2019-01 4000 -31.00, 2019-02 4000 -14.00, 2019-02 4110 15.50, 2019-03 4000 -15.50"},
		"so little credited that all of it was earned": {months, func(l *ledger) {
			l.issue("i", "2019-01-29", charged{key: "a", amount: "99.95", start: "2019-01-29", end: "2020-01-29"})
			l.end("2019-01", "2019-02", "2019-03", "2019-04", "2019-05", "2019-06")
			l.note("i", "2019-07-15", object{"lines": []any{part("a", "0.01", "0")}, "total": usd("0.01"), "reduced": usd("0.01")})
			l.end("2019-07", "2019-08")
		}, []Account{Revenue, CreditNotes}, "2019-01 4000 -8.33, 2019-02 4000 -8.33, 2019-03 4000 -8.33, 2019-04 4000 -8.33, 2019-05 4000 -8.33, " +
			"2019-06 4000 -8.33, 2019-07 4000 -8.32, 2019-07 4110 0.01, 2019-08 4000 -8.33"},
		"ended on its first day, which books behind it have not reached": {behind, func(l *ledger) {
			l.issue("i", "2019-02-01T00:30:00Z", charged{key: "a", amount: "50.00", start: "2019-02-01T00:30:00Z", end: "2019-03-01T00:30:00Z"})
			l.note("i", "2019-02-01T02:30:00Z", object{
				"lines": []any{part("a", "49.85", "0")}, "total": usd("49.85"), "reduced": usd("49.85"), "from": instant("2019-02-01T02:30:00Z"),
			})
			l.end("2019-01", "2019-02")
		}, []Account{Revenue, Deferred}, "2019-01 2000 -0.15, 2019-02 2000 0.15, 2019-02 4000 -0.15"},
		"uncollectible": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.end("2019-01")
			l.group("2019-02-01", event{"invoice:i", "invoice.written_off.v1", object{"amount": usd("31.00"), "lines": []any{part("a", "31.00", "0")}}})
			l.end("2019-02")
		}, []Account{Revenue, BadDebt, Deferred, Receivable}, "2019-01 1100 31.00, 2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 1100 -31.00, 2019-02 2000 14.00, 2019-02 5100 17.00"},
		"void": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.end("2019-01")
			l.group("2019-02-01", event{"invoice:i", "invoice.voided.v1", object{"credit_returned": usd("0"), "paid_returned": usd("0")}})
		}, []Account{Revenue, Voids, Deferred, Receivable}, "2019-01 1100 31.00, 2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 1100 -31.00, 2019-02 2000 14.00, 2019-02 4130 17.00"},
		"a full refund with tax": {DefaultSettings(), func(l *ledger) {
			taxed := january
			taxed.tax = "3.10"
			l.issue("i", "2019-01-15", taxed)
			l.pay("i", "2019-01-15", "34.10", "34.10")
			l.end("2019-01")
			l.note("i", "2019-02-01", object{"lines": []any{part("a", "31.00", "3.10")}, "total": usd("34.10"), "refund": usd("34.10")})
			l.group("2019-02-01", event{"refund:r", "refund.created.v1", object{"id": "r", "workspace": "acme", "amount": usd("34.10")}},
				event{"refund:r", "refund.recorded.v1", object{"paid_at": instant("2019-02-03")}})
			l.end("2019-02")
		}, []Account{Revenue, Refunds, Deferred, TaxPayable, Cash, RefundsPayable, CreditNotes}, "2019-01 1000 34.10, 2019-01 2000 -14.00, 2019-01 2100 -3.10, 2019-01 4000 -17.00, " +
			"2019-02 1000 -34.10, 2019-02 2000 14.00, 2019-02 2100 3.10, 2019-02 4100 17.00"},
		"one-off": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", charged{key: "a", kind: "item", amount: "20.00", tax: "2.00", start: "2019-01-15", end: "2019-01-15"})
			l.end("2019-01")
		}, []Account{Revenue, OneOffRevenue, Deferred, TaxPayable, Receivable}, "2019-01 1100 22.00, 2019-01 2100 -2.00, 2019-01 4050 -20.00"},
		"a fee that is told afterwards": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-15")
			l.group("2019-01-15", event{"payment:p", "payment.costed.v1", object{"n": 1, "fee": usd("0.90"), "settles_at": instant("2019-01-15")}})
		}, []Account{Cash, InTransit, GatewayFees}, "2019-01 1000 30.10, 2019-01 5000 0.90"},
		"money that is in transit after all": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-31")
			l.group("2019-01-31", event{"payment:p", "payment.costed.v1", object{"n": 1, "fee": usd("0.90"), "settles_at": instant("2019-02-02")}})
		}, []Account{Cash, InTransit, GatewayFees}, "2019-01 1010 31.00, 2019-02 1000 30.10, 2019-02 1010 -31.00, 2019-02 5000 0.90"},
		"a fee of a charge that is not known": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-31")
			l.group("2019-01-31", event{"payment:p", "payment.costed.v1", object{"n": 2, "fee": usd("0.90")}})
		}, []Account{Cash, InTransit, GatewayFees}, "2019-01 1000 31.00"},
		"half refunded when a part is earned": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.pay("i", "2019-01-15", "31.00", "31.00")
			l.end("2019-01")
			l.note("i", "2019-02-01", object{"lines": []any{part("a", "15.50", "0")}, "total": usd("15.50"), "refund": usd("15.50")})
			l.end("2019-02")
		}, []Account{Revenue, Refunds, CreditNotes, Deferred, RefundsPayable}, "2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 2000 14.00, 2019-02 2300 -15.50, " +
			"2019-02 4000 -7.00, 2019-02 4100 8.50"},
		"canceled now, the rest credited": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.note("i", "2019-01-25", object{"lines": []any{part("a", "21.00", "0")}, "total": usd("21.00"), "reduced": usd("21.00"), "from": instant("2019-01-25")})
			l.end("2019-01", "2019-02")
		}, []Account{Revenue, CreditNotes, Deferred, Receivable}, "2019-01 1100 10.00, 2019-01 4000 -10.00"},
		"credited when all is earned": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.end("2019-01", "2019-02")
			l.note("i", "2019-03-05", object{"lines": []any{part("a", "10.00", "0")}, "total": usd("10.00"), "reduced": usd("10.00")})
			l.end("2019-03")
		}, []Account{Revenue, CreditNotes, Deferred, Receivable}, "2019-01 1100 31.00, 2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 2000 14.00, " +
			"2019-02 4000 -14.00, 2019-03 1100 -10.00, 2019-03 4110 10.00"},
		"uncollectible, and paid after all": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", january)
			l.end("2019-01")
			l.group("2019-02-01", event{"invoice:i", "invoice.written_off.v1", object{"amount": usd("31.00"), "lines": []any{part("a", "31.00", "0")}}})
			l.end("2019-02")
			l.pay("i", "2019-03-01", "31.00", "31.00")
			l.end("2019-03")
		}, []Account{Revenue, BadDebt, Deferred, Receivable, Recoveries, Cash}, "2019-01 1100 31.00, 2019-01 2000 -14.00, 2019-01 4000 -17.00, 2019-02 1100 -31.00, " +
			"2019-02 2000 14.00, 2019-02 5100 17.00, 2019-03 1000 31.00, 2019-03 4900 -14.00, 2019-03 5100 -17.00"},
		"a downgrade of what was paid": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-04-01", charged{key: "a", amount: "120.00", start: "2019-04-01", end: "2019-05-01"})
			l.pay("i", "2019-04-01", "120.00", "120.00")
			l.issue("j", "2019-04-21", charged{key: "c", kind: "credit", amount: "-40.00", start: "2019-04-21", end: "2019-05-01", source: "a", sourceInvoice: "i"},
				charged{key: "b", amount: "30.00", start: "2019-04-21", end: "2019-05-01"})
			l.end("2019-04", "2019-05")
		}, []Account{Revenue, Deferred, CreditNotes, CustomerCredit, Receivable}, "2019-04 2200 -10.00, 2019-04 4000 -110.00"},
		"tax in the price": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", charged{key: "a", amount: "31.00", tax: "2.82", behavior: "inclusive", start: "2019-01-15", end: "2019-02-15"})
			l.end("2019-01", "2019-02")
		}, []Account{Revenue, Deferred, TaxPayable, Receivable}, "2019-01 1100 31.00, 2019-01 2000 -12.73, 2019-01 2100 -2.82, 2019-01 4000 -15.45, 2019-02 2000 12.73, 2019-02 4000 -12.73"},
		"a discount": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", charged{key: "a", amount: "31.00", discount: "3.10", start: "2019-01-15", end: "2019-02-15"})
			l.end("2019-01", "2019-02")
		}, []Account{Revenue, Deferred, Receivable}, "2019-01 1100 27.90, 2019-01 2000 -12.60, 2019-01 4000 -15.30, 2019-02 2000 12.60, 2019-02 4000 -12.60"},
		"nothing to pay": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2019-01-15", charged{key: "a", amount: "31.00", discount: "31.00", start: "2019-01-15", end: "2019-02-15"})
			l.end("2019-01", "2019-02")
		}, []Account{Revenue, Deferred, Receivable, TaxPayable, OneOffRevenue}, ""},
		"a leap year": {DefaultSettings(), func(l *ledger) {
			l.issue("i", "2020-01-01", charged{key: "a", amount: "366.00", start: "2020-01-01", end: "2021-01-01"})
			l.end("2020-01", "2020-02", "2020-03")
		}, []Account{Revenue}, "2020-01 4000 -31.00, 2020-02 4000 -29.00, 2020-03 4000 -31.00"},
		"backdated": {DefaultSettings(), func(l *ledger) {
			l.end("2018-12")
			l.issue("i", "2019-01-10", charged{key: "a", amount: "31.00", start: "2018-12-15", end: "2019-01-15"})
			l.end("2019-01")
		}, []Account{Revenue, Deferred, Receivable}, "2018-12 2000 17.00, 2018-12 4000 -17.00, 2019-01 1100 31.00, 2019-01 2000 -17.00, 2019-01 4000 -14.00"},
		"a refund that went back before money was reversed": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-15")
			l.group("2019-02-01", event{"account:acme", "account.credit_refunded.v1", object{"amount": usd("2.01")}},
				event{"refund:r", "refund.created.v1", object{"id": "r", "workspace": "acme", "amount": usd("2.01")}})
			l.group("2019-02-02", event{"refund:r", "refund.recorded.v1", object{"paid_at": instant("2019-02-02")}},
				event{"payment:p", "payment.reversed.v1", object{"n": 1, "reference": "x", "amount": usd("1.00"), "reason": "returned"}},
				event{"account:acme", "account.money_reversed.v1", object{"payment": "p:1", "amount": usd("1.00"), "owed": usd("1.00")}})
		}, []Account{Cash, InTransit, Receivable, RefundsPayable, BadDebt}, "2019-01 1000 31.00, 2019-02 1000 -3.01, 2019-02 1100 1.00"},
		"a dispute that is won": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-15")
			l.group("2019-02-01", event{"payment:p", "payment.disputed.v1", object{"id": "dp", "n": 1, "amount": usd("31.00"), "fee": usd("15.00")}})
			l.group("2019-03-01", event{"payment:p", "payment.dispute_closed.v1", object{"id": "dp", "outcome": "won", "fee": usd("15.00")}})
		}, []Account{Cash, InTransit, Disputed, Receivable, GatewayFees}, "2019-01 1000 31.00, 2019-02 1000 -46.00, 2019-02 1020 31.00, 2019-02 5000 15.00, " +
			"2019-03 1000 31.00, 2019-03 1020 -31.00"},
		"a dispute that is lost": {DefaultSettings(), func(l *ledger) {
			l.charged("2019-01-15")
			l.group("2019-02-01", event{"payment:p", "payment.disputed.v1", object{"id": "dp", "n": 1, "amount": usd("31.00"), "fee": usd("15.00")}})
			l.group("2019-03-01", event{"payment:p", "payment.dispute_closed.v1", object{"id": "dp", "outcome": "lost", "fee": usd("15.00")}},
				event{"payment:p", "payment.reversed.v1", object{"n": 1, "reference": "dp", "amount": usd("31.00"), "reason": "dispute_lost"}},
				event{"account:acme", "account.money_reversed.v1", object{"payment": "p:1", "amount": usd("31.00"), "owed": usd("31.00")}})
		}, []Account{Cash, InTransit, Disputed, Receivable, GatewayFees, BadDebt}, "2019-01 1000 31.00, 2019-02 1000 -46.00, 2019-02 1020 31.00, 2019-02 5000 15.00, " +
			"2019-03 1020 -31.00, 2019-03 1100 31.00"},
		"issued after its months are over": {DefaultSettings(), func(l *ledger) {
			l.end("2019-01", "2019-02")
			l.issue("i", "2019-03-05", january)
		}, []Account{Revenue, Deferred}, "2019-01 2000 17.00, 2019-01 4000 -17.00, 2019-02 2000 14.00, 2019-02 4000 -14.00, 2019-03 2000 -31.00"},
		"issued after its period is closed": {DefaultSettings(), func(l *ledger) {
			l.end("2019-01", "2019-02")
			l.group("2019-02-02", event{"books:main", "books.period_closed.v1", object{"period": "2019-01"}})
			l.issue("i", "2019-03-05", january)
		}, []Account{Revenue, Deferred}, "2019-02 2000 31.00, 2019-02 4000 -31.00, 2019-03 2000 -31.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedger(t, test.settings)
			test.play(l)
			if got := l.monthly(test.accounts...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
