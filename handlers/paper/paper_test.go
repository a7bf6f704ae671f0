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
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with its golden file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for n := range max(len(gotLines), len(wantLines)) {
		if n >= len(gotLines) || n >= len(wantLines) || gotLines[n] != wantLines[n] {
			t.Fatalf("%s differs from line %d on:\n got %q\nwant %q", name, n+1, at0(gotLines, n), at0(wantLines, n))
		}
	}
}

func at0(lines []string, n int) string {
	if n >= len(lines) {
		return "(the end)"
	}
	return lines[n]
}

func makePDF(t *testing.T, s Sheet) []byte {
	t.Helper()
	file, err := PDF(s)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// The words of each PDF and their places are compared with what a person looked at, and none leaves the page's text area.
func TestPDF(t *testing.T) {
	t.Parallel()
	for name, sheet := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := makePDF(t, sheet)
			if !bytes.Equal(file, makePDF(t, sheet)) {
				t.Error("the file is another each time")
			}
			if len(file) > 60_000 {
				t.Errorf("%d bytes", len(file))
			}
			all := read(t, file)
			for _, fault := range outside(all, 0.2) {
				t.Error(fault)
			}
			if name != "long" { // which only repeats itself
				golden(t, name+".pdf.txt", []byte(describe(all)))
			}
			if dir := os.Getenv("PAPER_DIR"); dir != "" {
				_ = os.WriteFile(filepath.Join(dir, name+".pdf"), file, 0o644)
			}
		})
	}
}

// outside lists what stands outside of the margins, and texts that run into another on their line. The slack is for letters that
// were moved towards one that went to the next line.
func outside(all []drawn, slack float64) (faults []string) {
	for n, d := range all {
		if d.faint {
			continue
		}
		if d.x < margin-slack || d.end > margin+width+slack || d.y < margin-2 || d.y > pageHeight-8 {
			faults = append(faults, fmt.Sprintf("page %d: %q stands at %.1f to %.1f, %.1f", d.page, d.text, d.x, d.end, d.y))
		}
		for _, other := range all[:n] {
			if other.page == d.page && !other.background && !d.background && !other.faint && strings.TrimSpace(d.text) != "" && strings.TrimSpace(other.text) != "" &&
				other.y-d.y < 1.5 && d.y-other.y < 1.5 && d.x < other.end-slack && other.x < d.end-slack {
				faults = append(faults, fmt.Sprintf("page %d: %q runs into %q", d.page, d.text, other.text))
			}
		}
	}
	return faults
}

// A long invoice goes on over pages, each of which has the table's head and its number.
func TestPDFOverPages(t *testing.T) {
	t.Parallel()
	all := read(t, makePDF(t, examples["long"]))
	pages := all[len(all)-1].page
	heads, amounts := 0, 0
	for _, d := range all {
		if d.text == "Description" {
			heads++
		}
		if strings.HasSuffix(d.text, ".00") && d.end > margin+width-0.2 {
			amounts++
		}
	}
	if pages < 10 || heads < pages-2 {
		t.Errorf("%d pages and %d heads of the table", pages, heads)
	}
	if want := len(examples["long"].Rows) + len(examples["long"].Sums); amounts < want {
		t.Errorf("%d amounts end at the right margin, want %d", amounts, want)
	}
	if last := describe(all[len(all)-2:]); !strings.Contains(last, fmt.Sprintf("%d of %d\n", pages, pages)) {
		t.Errorf("the last page ends with %s", last)
	}
}

// A reader finds on an invoice who sells, who buys, what, when, how much, and how to pay.
func TestAReaderFinds(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string][]string{
		"issued": {"Northwind Software Ltd", "12 Harbour Street", "Tax ID IE 1234567 X", "Acme GmbH", "Tax ID DE123456789", "INV-000017", "1 January 2031",
			"100 × Team", "12.00 a seat, 1 – 31 Jan 2031", "Due by 31 January 2031", "USD\u00a01\u202f428.00", "IE29\u00a0AIBK\u00a09311\u00a05212\u00a03456\u00a078", "1 of 1"},
		"paid":           {"PAID", "Paid on 12 January 2031. Nothing is left to pay.", "wire 4711"},
		"part_paid":      {"PART PAID", "Left to pay", "USD\u00a01\u202f000.00"},
		"overdue":        {"OVERDUE", "Overdue since 31 January 2031"},
		"draft":          {"Draft invoice", "none yet", "This is a draft and not an invoice. Nothing is to be paid yet."},
		"open":           {"Pro forma invoice", "NOT PAID YET"},
		"void":           {"VOID", "This invoice is void. Nothing is to be paid."},
		"uncollectible":  {"UNCOLLECTIBLE", "Written off", "−1\u202f000.00"},
		"credit":         {"SETTLED", "Settled by credit.", "Paid from credit"},
		"changed":        {"Unused time of 6 × Starter", "28 Jan – 11 Feb 2031, 15 of 31 days, billed on INV-000012", "2.00 of it was credited before, on CN-000003", "Credited by CN-000004", "less 3.48, coupon Spring sale (10 %)", "Tax 7\u00a0% on 5.43", "To be paid back"},
		"negative":       {"Credit note", "INV-000019", "Set off against INV-000011", "1\u202f100.00", "Added to your credit", "40.82"},
		"set_off":        {"Credit from INV-000019", "Credit from CN-000009"},
		"many_credits":   {"Set off", "Credit from INV-000030"},
		"expired":        {"Pro forma invoice", "VOID"},
		"credit_note":    {"Credit note", "CN-000007", "For invoice", "The subscription was cancelled.", "Refund, paid back on 22 Jan 2031", "Refund, to be paid back"},
		"reverse_charge": {"Reverse charge: the recipient of the service owes the tax.", "Exempt from tax: teaching, section 4 no. 21 UStG"},
		"scripts":        {"株式会社ノースウィンド", "1 × हिन्दी प्राइवेट लिमिटेड", "The fonts of this file lack the characters U+1F389, U+13000, which are drawn as empty boxes."},
		"yen":            {"JPY\u00a01\u202f234\u202f567"},
		"dinar":          {"KWD\u00a0123\u202f456\u202f789\u202f012\u202f345\u202f678.123"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := describe(read(t, makePDF(t, examples[name])))
			for _, want := range wanted {
				if !strings.Contains(text, want+"\n") {
					t.Errorf("no line ends with %q in\n%s", want, text)
				}
			}
			for _, absent := range map[string][]string{"plain": {"Tax"}, "negative": {"Due", "How to pay"}, "paid": {"How to pay"}, "void": {"How to pay"}}[name] {
				if strings.Contains(text, absent) {
					t.Errorf("%q is in\n%s", absent, text)
				}
			}
		})
	}
}

// The pages are compared byte for byte, and load nothing but what they have in them.
func TestHTML(t *testing.T) {
	t.Parallel()
	for name, sheet := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := HTML(sheet)
			if err != nil {
				t.Fatal(err)
			}
			style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindSubmatch(page)
			if style == nil || string(style[1]) != pageStyle {
				t.Error("the page has another style than the policy allows")
			}
			body := strings.ReplaceAll(string(page), `src="data:image/png;base64,`, "")
			for _, foreign := range []string{"http:", "https:", "src=", "url(", "@import", "<script", "<link", " style=", "onload"} {
				if strings.Contains(body, foreign) {
					t.Errorf("the page has %s", foreign)
				}
			}
			if name != "long" {
				golden(t, name+".html", bytes.Replace(page, style[0], []byte("<style></style>"), 1))
			}
			if dir := os.Getenv("PAPER_DIR"); dir != "" {
				_ = os.WriteFile(filepath.Join(dir, name+".html"), page, 0o644)
			}
		})
	}
}

// Whatever a text has in it, it is text on the page, and nothing turns the order of the page's letters around.
func TestHTMLEscapes(t *testing.T) {
	t.Parallel()
	const evil = "</style></title><script>alert(\"x\")</script><img src=x onerror=y>'\"&\u202e"
	i := changed()
	i.Seller.LegalName, i.Number, i.ID, i.Workspace, i.Seller.Logo, i.Seller.Footer = evil, evil, evil, evil, []byte(evil), evil
	i.Customer = Customer{Name: evil, Email: evil, Address: evil, TaxID: evil, Country: evil}
	i.Lines[0].Name, i.Lines[0].TaxRate, i.CreditNotes[0].Reason, i.CreditNotes[0].Number = evil, evil, evil, evil
	page, err := HTML(i.Sheet())
	if err != nil {
		t.Fatal(err)
	}
	for _, markup := range []string{"<script", "<img", "</style></title>", "\u202e"} {
		if bytes.Contains(page, []byte(markup)) {
			t.Errorf("the page has %q", markup)
		}
	}
}
