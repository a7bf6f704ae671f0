package paper

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the texts and however large the amounts are, nothing leaves the page or runs into anything else.
func TestAnythingFits(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("aWi .,-()12€éΩЖאבسلا東京서कषिไท🎉\u0301\u00a0\n")), 0, 24, -1)
	rapid.Check(t, func(r *rapid.T) {
		text := func(name string) string {
			return strings.Repeat(letters.Draw(r, name), rapid.IntRange(0, 12).Draw(r, name+" times"))
		}
		i := changed()
		i.Seller.LegalName, i.Seller.Address, i.Seller.Terms, i.Seller.Footer = text("seller"), text("address"), text("terms"), text("footer")
		i.Seller.Bank.Name, i.Seller.Bank.IBAN = text("bank"), text("iban")
		if rapid.Bool().Draw(r, "without logo") {
			i.Seller.Logo = nil
		}
		i.Customer = Customer{Name: text("name"), Address: text("address"), Country: text("country"), TaxID: text("tax id"), Email: text("email")}
		i.Number, i.Workspace = "N"+text("number"), "w"+strings.Repeat("x", rapid.IntRange(0, 63).Draw(r, "workspace"))
		i.CreditNotes[0].Reason, i.Payments[0].Reference = text("reason"), text("reference")
		big := strings.Repeat("8", rapid.IntRange(1, 18).Draw(r, "digits"))
		i.Total, i.Outstanding, i.Lines[0].Amount, i.CreditNotes[0].Total = usd(big+".00"), usd(big+".00"), usd("-"+big+".00"), usd(big+".00")
		for range rapid.IntRange(0, 20).Draw(r, "lines") {
			line := i.Lines[rapid.IntRange(0, 3).Draw(r, "like")]
			line.Name = text("line")
			i.Lines = append(i.Lines, line)
		}
		file, err := PDF(i.Sheet())
		if err != nil {
			r.Fatal(err)
		}
		if faults := outside(read(t, file), 2); len(faults) > 0 {
			r.Fatal(strings.Join(faults, "\n"))
		}
	})
}

func BenchmarkPDF(b *testing.B) {
	for name, sheet := range map[string]Sheet{"one line": examples["issued"], "300 lines": examples["long"], "scripts": examples["scripts"]} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := PDF(sheet); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
