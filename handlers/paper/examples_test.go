package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seller"
)

func amount(currency money.Currency, text string) money.Amount {
	parsed, err := money.Parse(currency, text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func usd(text string) money.Amount { return amount("USD", text) }

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

func span2031(from, to string) period.Period {
	return period.Period{Start: at("2031-" + from + "T00:00:00"), End: at("2031-" + to + "T00:00:00")}
}

// logo is a small picture with a hole, so that it needs a mask.
func logo() []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, 160, 48))
	for y := range 48 {
		for x := range 160 {
			dx, dy := x%48-24, y-24
			if x < 144 && dx*dx+dy*dy < 23*23 && dx*dx+dy*dy > (x/48)*36 {
				picture.Set(x, y, color.NRGBA{uint8(30 + 60*(x/48)), 90, 160, 255})
			}
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		panic(err)
	}
	return file.Bytes()
}

func hooli() seller.Profile {
	return seller.Profile{
		LegalName: "Northwind Software Ltd", Address: "12 Harbour Street\nDublin D02 XY45", Country: "IE", TaxID: "IE 1234567 X",
		Registration: "Companies Registration Office 654321", Email: "billing@northwind.example", Phone: "+353 1 555 0100", Website: "northwind.example",
		Bank:   &seller.Bank{Name: "Bank of Examples", IBAN: "IE29AIBK93115212345678", BIC: "AIBKIE2D"},
		Terms:  "Payment within 30 days. After that we may charge interest as the law allows.",
		Footer: "Northwind Software Ltd · Directors: A. Example, B. Sample · Registered in Ireland, no. 654321",
	}
}

func document() Document {
	return Document{
		ID: "0198c7a2-6f2e-7c31-9f8a-2b1d3c4e5f60", Number: "INV-000017", Seller: hooli(), Ledger: "demo", Workspace: "acme", Zone: time.UTC,
		Customer: Customer{Name: "Acme GmbH", Address: "Straße des 17. Juni 135\r\n10623 Berlin", Country: "DE", TaxID: "DE123456789", Email: "books@acme.example"},
	}
}

func charge(quantity int64, name, unit, total string) Line {
	return Line{
		Kind: LineKindCharge, Name: name, Quantity: quantity, Unit: new(usd(unit)), Period: new(span2031("01-01", "02-01")),
		Amount: usd(total), Discount: usd("0.00"), Net: usd(total), Tax: usd("0.00"), TaxRate: "0",
	}
}

// taxed puts a tax on a line.
func taxed(l Line, rate, tax string) Line {
	l.TaxRate, l.Tax = rate, usd(tax)
	return l
}

// issued is an invoice of six seats with tax, nothing of which is paid.
func issued() Invoice {
	none := usd("0.00")
	i := Invoice{
		Document: document(), Status: StatusIssued, Issued: new(at("2031-01-01T09:30:00")), Due: new(at("2031-01-31T09:30:00")),
		Period: span2031("01-01", "02-01"), Subtotal: usd("1200.00"), Discount: none, Total: usd("1428.00"), CreditApplied: none, Paid: none,
		Reduced: none, WrittenOff: none, Outstanding: usd("1428.00"),
	}
	i.Lines = []Line{taxed(charge(100, "Team", "12.00", "1200.00"), "0.19", "228.00")}
	return i
}

func with(i Invoice, change func(*Invoice)) Invoice {
	change(&i)
	return i
}

// changed is an invoice with all that a change of plan can bring: a credit line that was credited in part before, coupons,
// two rates, credit, payments, and credit notes.
func changed() Invoice {
	return with(issued(), func(i *Invoice) {
		i.Seller.Logo = logo()
		zone, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			panic(err)
		}
		i.Zone, i.Number = zone, "INV-000018"
		rest := period.Period{Start: at("2031-01-27T23:00:00"), End: at("2031-02-11T23:00:00")}
		i.Issued, i.Due, i.Period = new(at("2031-01-28T09:30:00")), new(at("2031-02-27T09:30:00")), rest
		part := &period.Ratio{Num: 15, Den: 31}
		credit := taxed(charge(6, "Starter", "5.00", "-12.52"), "0.19", "-2.38")
		credit.Kind, credit.Ratio, credit.Period, credit.Source = LineKindCredit, part, &rest, "INV-000012"
		credit.Before = []Reference{{"CN-000003", usd("2.00")}}
		team := taxed(charge(6, "Team", "12.00", "34.84"), "0.19", "5.96")
		team.Ratio, team.Period, team.Coupon, team.Discount, team.Net = part, &rest, "Spring sale (10 %)", usd("3.48"), usd("31.36")
		added := taxed(charge(1, "Team", "12.00", "5.81"), "0.070", "0.38")
		added.Kind, added.Ratio, added.Period, added.TaxIncluded, added.Net = LineKindSeats, part, &rest, true, usd("5.43")
		setup := taxed(charge(2, "Workshop, half a day", "1500.00", "3000.00"), "0.19", "570.00")
		setup.Kind, setup.Period = LineKindItem, nil
		i.Lines = []Line{credit, team, added, setup}
		i.Subtotal, i.Discount, i.Total = usd("3027.75"), usd("3.48"), usd("3598.23")
		i.CreditApplied, i.Paid, i.Reduced, i.Outstanding = usd("98.23"), usd("2000.00"), usd("100.00"), usd("1400.00")
		i.Payments = []Payment{
			{at("2031-02-01T12:00:00"), "wire 4711", usd("1500.00"), usd("0.00")},
			{at("2031-02-05T23:30:00"), "cheque 12, from the office in Łódź", usd("500.00"), usd("7.00")},
		}
		i.CreditNotes = []IssuedNote{
			{"CN-000004", at("2031-02-02T10:00:00"), "two days of outage", usd("100.00"), usd("100.00"), usd("0.00"), usd("0.00"), usd("100.00")},
			{"CN-000005", at("2031-02-03T10:00:00"), "as agreed <with> \"Anna\"", usd("9.00"), usd("0.00"), usd("4.00"), usd("5.00"), usd("0.00")},
		}
		i.Refunds = []Refund{{Amount: usd("3.00"), Returned: new(at("2031-02-04T10:00:00"))}, {Amount: usd("2.00")}}
	})
}

// negative is an invoice that gives more back than it charges.
func negative() Invoice {
	return with(issued(), func(i *Invoice) {
		i.Number = "INV-000019"
		year := charge(1, "Business", "1200.00", "-1150.82")
		year.Kind, year.Ratio, year.Source = LineKindCredit, &period.Ratio{Num: 351, Den: 366}, "INV-000011"
		year.Period = &period.Period{Start: at("2031-06-16T00:00:00"), End: at("2032-06-01T00:00:00")}
		month := charge(1, "Starter", "10.00", "10.00")
		month.Period = new(span2031("06-16", "07-16"))
		i.Issued, i.Due, i.Period = new(at("2031-06-16T00:00:00")), nil, span2031("06-16", "07-16")
		i.Lines = []Line{year, month}
		i.Subtotal, i.Total, i.CreditApplied, i.Outstanding = usd("-1140.82"), usd("-1140.82"), usd("-1140.82"), usd("0.00")
		i.Settled = []Reference{{"INV-000011", usd("1100.00")}}
	})
}

// noted is a credit note that lowered two invoices, became credit and goes back in part.
func noted() CreditNote {
	n := CreditNote{
		Document: document(), Invoice: "INV-000017", Billed: new(at("2031-01-01T09:30:00")), Issued: at("2031-01-21T10:00:00"),
		Reason: "The subscription was cancelled.", Tax: usd("78.28"), Total: usd("490.28"), Reduced: usd("300.00"), Credit: usd("90.28"), Refund: usd("100.00"),
		Settled: []Reference{{"INV-000017", usd("200.00")}, {"INV-000015", usd("100.00")}},
		Refunds: []Refund{{Amount: usd("60.00"), Returned: new(at("2031-01-22T10:00:00"))}, {Amount: usd("40.00")}},
	}
	n.Number = "CN-000007"
	line := taxed(charge(100, "Team", "12.00", "412.00"), "0.19", "78.28")
	line.Kind, line.Ratio, line.Period = LineKindCredit, &period.Ratio{Num: 11, Den: 31}, new(span2031("01-21", "02-01"))
	n.Lines = []Line{line}
	return n
}

// long has more lines than a page, long words and names, and no details that fit.
func long() Invoice {
	return with(issued(), func(i *Invoice) {
		for n := range 300 {
			line := taxed(charge(int64(n+1), "Add-on "+strings.Repeat("very ", n%40)+"long", "1.00", fmt.Sprint(n+1, ".00")), "0.19", "0.19")
			if n%50 == 7 {
				line.Name = strings.Repeat("Donaudampfschifffahrt", 9)
			}
			i.Lines = append(i.Lines, line)
		}
		i.Customer.Name = strings.Repeat("Wörkshop ", 20) + strings.Repeat("W", 120)
		i.Customer.Address = strings.Repeat("a\n", 60) + "end"
		i.Seller.LegalName = strings.Repeat("Northwind ", 20)
	})
}

// scripts has names in many scripts, and characters that no font has.
func scripts() Invoice {
	return with(issued(), func(i *Invoice) {
		i.Seller.LegalName, i.Seller.Address = "株式会社ノースウィンド", "東京都千代田区丸の内1-1\n서울특별시 중구 세종대로"
		i.Seller.Footer = "ООО «Северный ветер» · Ακμή Α.Ε. · Հայաստան · საქართველო"
		i.Customer = Customer{Name: "شركة الأمثلة المحدودة (LLC)", Address: "15 شارع King Fahd، الرياض 12345\nרחוב הרצל 12, תל אביב", Country: "SA", TaxID: "300000000000003"}
		i.Lines = nil
		for _, name := range []string{
			"ทีมงาน บริษัท จำกัด", "हिन्दी प्राइवेट लिमिटेड", "תוכנית צוות (12)", "简体中文 繁體中文", "Tiếng Việt Đặng", "বাংলা தமிழ் తెలుగు",
			"Party 🎉 \u202eevil\x00\ttab", "𓀀 hieroglyphs",
		} {
			i.Lines = append(i.Lines, taxed(charge(1, name, "150.00", "150.00"), "0.19", "28.50"))
		}
	})
}

// digits is an invoice in a currency with its own digits.
func digits(currency money.Currency, text string) Invoice {
	return with(issued(), func(i *Invoice) {
		none, all := money.Zero(currency), amount(currency, text)
		i.Lines = []Line{{Kind: LineKindCharge, Name: "Team", Quantity: 1, Unit: &all, Period: &i.Period, Amount: all, Discount: none, Net: all, Tax: none, TaxRate: "0"}}
		i.Subtotal, i.Discount, i.Total, i.CreditApplied, i.Paid, i.Reduced, i.WrittenOff, i.Outstanding = all, none, all, none, none, none, none, all
	})
}

// examples has a document in each of its states.
var examples = map[string]Sheet{
	"issued": issued().Sheet(),
	"paid": with(issued(), func(i *Invoice) {
		i.Paid, i.Outstanding, i.Payments = usd("1428.00"), usd("0.00"), []Payment{{Paid: at("2031-01-12T08:00:00"), Reference: "wire 4711", Amount: usd("1428.00")}}
	}).Sheet(),
	"part_paid": with(issued(), func(i *Invoice) {
		i.Paid, i.Outstanding, i.Payments = usd("428.00"), usd("1000.00"), []Payment{{Paid: at("2031-01-12T08:00:00"), Reference: "wire 4711", Amount: usd("428.00")}}
	}).Sheet(),
	"overdue":   with(issued(), func(i *Invoice) { i.Overdue = true }).Sheet(),
	"automatic": with(issued(), func(i *Invoice) { i.Automatic, i.Due = true, i.Issued }).Sheet(),
	"draft":     with(issued(), func(i *Invoice) { i.Status, i.Number, i.Issued, i.Due = StatusDraft, "", nil, nil }).Sheet(),
	"open":      with(issued(), func(i *Invoice) { i.Status, i.Number, i.Issued, i.Due = StatusOpen, "", nil, nil }).Sheet(),
	"void":      with(issued(), func(i *Invoice) { i.Status, i.Outstanding = StatusVoid, usd("0.00") }).Sheet(),
	"expired": with(issued(), func(i *Invoice) {
		i.Status, i.Number, i.Issued, i.Due, i.Outstanding = StatusVoid, "", nil, nil, usd("0.00")
	}).Sheet(),
	"uncollectible": with(issued(), func(i *Invoice) {
		i.Paid, i.WrittenOff, i.Outstanding, i.Payments = usd("428.00"), usd("1000.00"), usd("0.00"), []Payment{{Paid: at("2031-01-12T08:00:00"), Reference: "wire 4711", Amount: usd("428.00")}}
	}).Sheet(),
	"set_off": with(issued(), func(i *Invoice) {
		i.Reduced, i.Outstanding, i.Lowered = usd("1100.00"), usd("328.00"), []Reference{{"INV-000019", usd("1000.00")}, {"CN-000009", usd("100.00")}}
	}).Sheet(),
	"many_credits": with(issued(), func(i *Invoice) {
		i.Reduced, i.Outstanding = usd("1100.00"), usd("328.00")
		for n := range 11 {
			i.Lowered = append(i.Lowered, Reference{fmt.Sprintf("INV-%06d", 20+n), usd("100.00")})
		}
	}).Sheet(),
	"one_off": with(issued(), func(i *Invoice) {
		workshop := taxed(charge(2, "Workshop, half a day", "500.00", "1000.00"), "0.19", "190.00")
		workshop.Kind, workshop.Period = LineKindItem, nil
		travel := taxed(charge(1, "Travel to Łódź", "200.00", "200.00"), "0.19", "38.00")
		travel.Kind, travel.Period = LineKindItem, nil
		i.Period.End = i.Period.Start
		i.Lines = []Line{workshop, travel}
	}).Sheet(),
	"credit": with(issued(), func(i *Invoice) { i.CreditApplied, i.Outstanding = usd("1428.00"), usd("0.00") }).Sheet(),
	"plain": with(issued(), func(i *Invoice) {
		i.Seller, i.Customer = seller.Profile{}, Customer{}
		i.Lines = []Line{charge(3, "Team", "12.00", "36.00")}
		i.Subtotal, i.Total, i.Outstanding = usd("36.00"), usd("36.00"), usd("36.00")
	}).Sheet(),
	"changed":     changed().Sheet(),
	"negative":    negative().Sheet(),
	"credit_note": noted().Sheet(),
	"reverse_charge": with(issued(), func(i *Invoice) {
		i.Lines[0].Treatment, i.Lines[0].Tax, i.Lines[0].TaxRate = Treatment{ReverseCharge: true}, usd("0.00"), "0"
		exempt := charge(1, "Course", "300.00", "300.00")
		exempt.Kind, exempt.Treatment = LineKindItem, Treatment{Exempt: true, Reason: "teaching, section 4 no. 21 UStG"}
		i.Lines = append(i.Lines, exempt)
		i.Subtotal, i.Total, i.Outstanding = usd("1500.00"), usd("1500.00"), usd("1500.00")
	}).Sheet(),
	"scripts": scripts().Sheet(),
	"long":    long().Sheet(),
	"yen":     digits("JPY", "1234567").Sheet(),
	"dinar":   digits("KWD", "123456789012345678.123").Sheet(),
}
