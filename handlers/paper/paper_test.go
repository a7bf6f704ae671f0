package paper

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
)

var update = flag.Bool("update", false, "write the golden files")

func eur(text string) money.Amount {
	amount, err := money.Parse("EUR", text)
	if err != nil {
		panic(err)
	}
	return amount
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// upgraded is an invoice with all that one can have: a credit line, a discount, two rates, credit, payments and notes.
func upgraded() Invoice {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	rest := period.Period{Start: at("2026-03-11T23:00:00Z"), End: at("2026-03-31T22:00:00Z")}
	return Invoice{
		ID: "0198c7a2-6f2e-7c31-9f8a-2b1d3c4e5f60", Number: "INV-000017", Seller: "Müller & Søn Software GmbH", Workspace: "acme",
		Customer: Customer{
			Name: "Ακμή Анна Łukasiewicz", Address: "Straße des 17. Juni 135\r\n10623 Berlin", Country: "DE", TaxID: "DE123456789", Email: "books@example.com",
		},
		Issued: new(at("2026-03-12T09:30:00Z")), Due: new(at("2026-04-11T09:30:00Z")), Period: rest, Zone: zone,
		Lines: []Line{
			{Description: "Unused time: 12 seats of pro-month", Period: rest, Quantity: 12, Ratio: &period.Ratio{Num: 20, Den: 31},
				Amount: eur("-77.42"), Discount: eur("0.00"), Net: eur("-77.42"), Tax: eur("-14.71"), TaxRate: "0.19"},
			{Description: "12 seats of team-month", Period: rest, Quantity: 12, Ratio: &period.Ratio{Num: 20, Den: 31},
				Amount: eur("1548.39"), Discount: eur("154.84"), Net: eur("1393.55"), Tax: eur("264.78"), TaxRate: "0.19"},
			{Description: "1 more seat of team-month", Period: period.Period{Start: rest.Start, End: rest.Start.Add(24 * time.Hour)}, Quantity: 1,
				Amount: eur("10.70"), Discount: eur("0.00"), Net: eur("10.00"), Tax: eur("0.70"), TaxRate: "0.070", TaxIncluded: true},
		},
		Subtotal: eur("1480.97"), Discount: eur("154.84"), Total: eur("1576.90"), CreditApplied: eur("76.90"), AmountDue: eur("1500.00"),
		Paid: eur("1000.00"), Reduced: eur("100.00"), Outstanding: eur("400.00"),
		CreditNotes: []CreditNote{
			{Number: "CN-000003", Issued: at("2026-03-20T10:00:00Z"), Reason: "two days of outage", Total: eur("100.00"), Reduced: eur("100.00"),
				Credit: eur("0.00"), Refund: eur("0.00")},
			{Number: "CN-000004", Issued: at("2026-04-20T22:30:00Z"), Reason: "as agreed <with> \"Anna\"", Total: eur("9.00"), Reduced: eur("0.00"),
				Credit: eur("4.00"), Refund: eur("5.00")},
		},
	}
}

// plain is an invoice for a workspace without details.
func plain(status Status) Invoice {
	month := period.Period{Start: at("2026-01-31T09:30:00Z"), End: at("2026-02-28T00:00:00Z")}
	return Invoice{
		ID: "0198c7a2", Number: "INV-000001", Seller: "Demo", Workspace: "acme", Status: status, Zone: time.UTC, Period: month,
		Issued: new(at("2026-01-31T09:30:00Z")), Due: new(at("2026-03-02T09:30:00Z")),
		Lines: []Line{{Description: "3 seats of pro-month", Period: month, Quantity: 3, Amount: eur("36.00"), Discount: eur("0.00"), Net: eur("36.00"),
			Tax: eur("0.00"), TaxRate: "0"}},
		Subtotal: eur("36.00"), Discount: eur("0.00"), Total: eur("36.00"), CreditApplied: eur("0.00"), AmountDue: eur("36.00"), Paid: eur("0.00"),
		Reduced: eur("0.00"), Outstanding: eur("36.00"),
	}
}

// draft is an invoice that waits for money.
func draft() Invoice {
	i := plain(StatusDraft)
	i.Number, i.Issued, i.Due = "", nil, nil
	return i
}

// void is an invoice that was taken back.
func void() Invoice {
	i := plain(StatusVoid)
	i.Outstanding = eur("0.00")
	return i
}

// credited is an invoice whose total is negative, which became credit.
func credited() Invoice {
	i := plain(StatusIssued)
	i.Lines[0].Amount, i.Lines[0].Net = eur("-36.00"), eur("-36.00")
	i.Subtotal, i.Total, i.CreditApplied, i.AmountDue, i.Outstanding = eur("-36.00"), eur("-36.00"), eur("-36.00"), eur("0.00"), eur("0.00")
	return i
}

var examples = map[string]Invoice{
	"upgraded": upgraded(), "plain": plain(StatusIssued), "draft": draft(), "void": void(), "credited": credited(),
}

// The pages are compared byte for byte, and each says under which policy it may be shown.
func TestHTML(t *testing.T) {
	t.Parallel()
	for name, example := range examples {
		page, err := HTML(example)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(path, page, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(page, want) {
			t.Errorf("%s is not as in its golden file:\n%s", name, page)
		}
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindSubmatch(page)
		if style == nil || string(style[1]) != pageStyle {
			t.Errorf("%s has another style than the hash is of", name)
		}
		for _, foreign := range []string{"http:", "https:", "src=", "url(", "@import", "<script", "<link", " style=", "onload"} {
			if strings.Contains(string(page), foreign) {
				t.Errorf("%s has %s", name, foreign)
			}
		}
	}
}

// Whatever a text has in it, it is text on the page.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	const evil = `</style></title><script>alert("x")</script><img src=x onerror=y>'"&`
	i := upgraded()
	i.Seller, i.Number, i.ID, i.Workspace = evil, evil, evil, evil
	i.Customer = Customer{Name: evil, Email: evil, Address: evil, TaxID: evil, Country: evil}
	i.Lines[0].Description, i.Lines[0].TaxRate, i.CreditNotes[0].Reason, i.CreditNotes[0].Number = evil, evil, evil, evil
	page, err := HTML(i)
	if err != nil {
		t.Fatal(err)
	}
	for _, markup := range []string{"<script", "<img", "</style></title>"} {
		if bytes.Contains(page, []byte(markup)) {
			t.Errorf("the page has %s", markup)
		}
	}
}

// The same invoice gives the same file, which is one and not too large; another invoice gives another.
func TestPDF(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, example := range examples {
		first := pdf(t, example)
		for range 5 {
			if !bytes.Equal(first, pdf(t, example)) {
				t.Fatalf("%s is another file each time", name)
			}
		}
		if !bytes.HasPrefix(first, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(first), []byte("%%EOF")) {
			t.Errorf("%s is no PDF", name)
		}
		if len(first) < 5_000 || len(first) > 120_000 {
			t.Errorf("%s has %d bytes", name, len(first))
		}
		if other, same := seen[string(first)]; same {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[string(first)] = name
		if dir := os.Getenv("PAPER_DIR"); dir != "" {
			_ = os.WriteFile(filepath.Join(dir, name+".pdf"), first, 0o644)
		}
	}
}

// A long invoice goes on on further pages, and no text is too long, too wide or too foreign.
func TestPDFOfAnything(t *testing.T) {
	t.Parallel()
	i := upgraded()
	for n := range 80 {
		i.Lines = append(i.Lines, i.Lines[n%3])
	}
	i.Customer.Name = strings.Repeat("Wörkshop ", 40) + strings.Repeat("W", 300)
	i.Customer.Address = strings.Repeat("a\n", 20) + "東京 😀 \u202eabc\x00\t"
	i.Seller = strings.Repeat("Seller ", 60)
	i.CreditNotes[0].Reason = strings.Repeat("x", 500)
	i.CreditNotes[1].Reason = "日本語 🎉 " + strings.Repeat("because of this and that ", 18)
	file := pdf(t, i)
	if pages := bytes.Count(file, []byte("/Type /Page\n")); pages < 4 {
		t.Errorf("%d pages", pages)
	}
	if dir := os.Getenv("PAPER_DIR"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "long.pdf"), file, 0o644)
	}
	i = Invoice{Zone: time.UTC, Subtotal: eur("0.00"), Discount: eur("0.00"), Total: eur("0.00"), CreditApplied: eur("0.00"),
		AmountDue: eur("0.00"), Paid: eur("0.00"), Reduced: eur("0.00"), Outstanding: eur("0.00")}
	pdf(t, i)
}

func pdf(t *testing.T, i Invoice) []byte {
	t.Helper()
	file, err := PDF(i)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSheet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		invoice Invoice
		want    string
	}{
		"upgraded": {upgraded(), "[{Subtotal 1480.97 false} {Discount -154.84 false} {Tax 19 % on 1316.13 250.07 false} {Tax 7 % on 10.00 0.70 false} " +
			"{Total 1576.90 true} {Credit applied -76.90 false} {Amount due 1500.00 true} {Credit notes -100.00 false} {Paid -1000.00 false} {To pay 400.00 true}]"},
		"issued":   {plain(StatusIssued), "[{Subtotal 36.00 false} {Tax 0 % on 36.00 0.00 false} {Total 36.00 true} {Amount due 36.00 true}]"},
		"void":     {void(), "[{Subtotal 36.00 false} {Tax 0 % on 36.00 0.00 false} {Total 36.00 true} {Void, nothing to pay 0.00 true}]"},
		"credited": {credited(), "[{Subtotal -36.00 false} {Tax 0 % on -36.00 0.00 false} {Total -36.00 true} {Added to credit 36.00 false} {Amount due 0.00 true}]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fmt.Sprint(newSheet(c.invoice).Sums); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
	full := newSheet(upgraded())
	if got := fmt.Sprint(full.Rows[0], full.Rows[2]); got != "{Unused time: 12 seats of pro-month 2026-03-12 – 2026-03-31 12 20/31 19 %  -77.42} "+
		"{1 more seat of team-month 2026-03-12 1  7 % incl.  10.70}" {
		t.Errorf("rows %s", got)
	}
	if got := strings.Join(full.To, "|"); got != "Ακμή Анна Łukasiewicz|Straße des 17. Juni 135|10623 Berlin|DE|books@example.com|Tax id DE123456789" {
		t.Errorf("to %s", got)
	}
	if got := fmt.Sprint(newSheet(draft()).To, newSheet(draft()).Facts); got != "[acme] [{Number none yet} {Period 2026-01-31 – 2026-02-27} {Workspace acme} {Currency EUR}]" {
		t.Errorf("draft %s", got)
	}
	if got := fmt.Sprint(full.Notes[1]); got != `{CN-000004 2026-04-21 as agreed <with> "Anna" 4.00 to credit, 5.00 to be paid back 9.00}` {
		t.Errorf("note %s", got)
	}
	if got := showable("Ünïcode Ω Ж ł – … 東 😀\x07\n"); got != "Ünïcode Ω Ж ł – … □ □  " {
		t.Errorf("showable %q", got)
	}
}
