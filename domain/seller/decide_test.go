package seller

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

var least = Profile{
	LegalName: "Acme Ltd", Address: "1 High Street\nLeeds", Country: "GB", InvoicePrefix: "INV-", CreditNotePrefix: "CN-", TimeZone: "UTC",
}

func with(change func(*Profile)) Profile {
	p := least
	change(&p)
	return p
}

func picture(t *testing.T, width, height int, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(b *bytes.Buffer, m image.Image) error  { return png.Encode(b, m) }
func asJPEG(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) }

func TestReplace(t *testing.T) {
	t.Parallel()
	full := with(func(p *Profile) {
		p.TaxID, p.Registration, p.Email, p.Phone, p.Website = "GB123", "HRB 1", "a@example.com", "+44 1", "https://example.com"
		p.Bank = &Bank{Name: "Bank", IBAN: "GB82WEST12345698765432", BIC: "WESTGB2L"}
		p.Terms, p.Footer, p.YearlyNumbers, p.TimeZone = "Pay.\nPlease.", "Thanks", true, "Europe/London"
		p.InvoicePrefix, p.CreditNotePrefix = "", "2031A."
	})
	spaced := full
	spaced.Bank = &Bank{Name: "Bank", IBAN: "GB82 WEST 1234 5698 7654 32", BIC: "WESTGB2L"}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Profile
		then  []domain.Event
	}{
		"the first profile":  {nil, least, []domain.Event{Set{least}}},
		"a full one":         {[]domain.Event{Set{least}}, full, []domain.Event{Set{full}}},
		"the same one":       {[]domain.Event{Set{least}, Set{full}}, full, nil},
		"spaces in the IBAN": {[]domain.Event{Set{full}}, spaced, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(Replace{Profile: test.when}).Then(t, test.then...)
		})
	}
}

func TestLogo(t *testing.T) {
	t.Parallel()
	small, photo := picture(t, 30, 10, asPNG), picture(t, 30, 10, asJPEG)
	for name, data := range map[string][]byte{"PNG": small, "JPEG": photo, "of the greatest size": picture(t, 2000, 2000, asPNG)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := with(func(p *Profile) { p.Logo = data })
			spec.Given().When(Replace{least, base64.StdEncoding.EncodeToString(data)}).Then(t, Set{want})
		})
	}
	for name, test := range map[string]struct{ logo, code string }{
		"no base64":        {"<svg/>", "logo_invalid"},
		"no image":         {base64.StdEncoding.EncodeToString([]byte("<svg/>")), "logo_invalid"},
		"a damaged image":  {base64.StdEncoding.EncodeToString(small[:len(small)-20]), "logo_invalid"},
		"too many bytes":   {base64.StdEncoding.EncodeToString(append(bytes.Clone(photo), make([]byte, 64<<10)...)), "logo_too_large"},
		"too many pixels":  {base64.StdEncoding.EncodeToString(picture(t, 2001, 1, asPNG)), "logo_too_large"},
		"too many of them": {base64.StdEncoding.EncodeToString(picture(t, 1, 2001, asPNG)), "logo_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(Replace{least, test.logo}).ThenRejected(t, test.code)
		})
	}
}

func TestWhatIsNoProfile(t *testing.T) {
	t.Parallel()
	bank := func(b Bank) func(*Profile) { return func(p *Profile) { p.Bank = &b } }
	for code, test := range map[string]struct {
		pointer string
		bad     []func(*Profile)
	}{
		"legal_name_invalid": {"/legal_name", []func(*Profile){
			func(p *Profile) { p.LegalName = "" }, func(p *Profile) { p.LegalName = " " }, func(p *Profile) { p.LegalName = "a\nb" },
			func(p *Profile) { p.LegalName = strings.Repeat("é", 201) },
		}},
		"address_invalid": {"/address", []func(*Profile){func(p *Profile) { p.Address = "" }, func(p *Profile) { p.Address = "\n" }}},
		"country_invalid": {"/country", []func(*Profile){func(p *Profile) { p.Country = "" }, func(p *Profile) { p.Country = "gb" }}},
		"tax_id_invalid":  {"/tax_id", []func(*Profile){func(p *Profile) { p.TaxID = strings.Repeat("1", 65) }}},
		"registration_invalid": {"/registration", []func(*Profile){
			func(p *Profile) { p.Registration = "\t" },
		}},
		"email_invalid":     {"/email", []func(*Profile){func(p *Profile) { p.Email = "ada" }, func(p *Profile) { p.Email = "a@b\x00" }}},
		"phone_invalid":     {"/phone", []func(*Profile){func(p *Profile) { p.Phone = "\x01" }}},
		"website_invalid":   {"/website", []func(*Profile){func(p *Profile) { p.Website = " " }}},
		"terms_invalid":     {"/terms", []func(*Profile){func(p *Profile) { p.Terms = strings.Repeat("x", 2001) }}},
		"footer_invalid":    {"/footer", []func(*Profile){func(p *Profile) { p.Footer = "a\rb" }}},
		"bank_name_invalid": {"/bank/name", []func(*Profile){bank(Bank{Account: "1"})}},
		"iban_or_account":   {"/bank/iban", []func(*Profile){bank(Bank{Name: "B"}), bank(Bank{Name: "B", IBAN: "GB82WEST12345698765432", Account: "1"})}},
		"iban_invalid":      {"/bank/iban", []func(*Profile){bank(Bank{Name: "B", IBAN: "12345"}), bank(Bank{Name: "B", IBAN: "gb82WEST12345698765432"})}},
		"account_invalid":   {"/bank/account", []func(*Profile){bank(Bank{Name: "B", Account: "\n"})}},
		"bic_invalid":       {"/bank/bic", []func(*Profile){bank(Bank{Name: "B", Account: "1", BIC: "WEST"})}},
		"invoice_prefix_invalid": {"/invoice_prefix", []func(*Profile){
			func(p *Profile) { p.InvoicePrefix = "INV2" }, func(p *Profile) { p.InvoicePrefix = "-" }, func(p *Profile) { p.InvoicePrefix = "A/" },
			func(p *Profile) { p.InvoicePrefix = strings.Repeat("A", 21) },
		}},
		"credit_note_prefix_invalid": {"/credit_note_prefix", []func(*Profile){func(p *Profile) { p.CreditNotePrefix = "7" }}},
		"time_zone_unknown":          {"/time_zone", []func(*Profile){func(p *Profile) { p.TimeZone = "Mars" }, func(p *Profile) { p.TimeZone = "" }}},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			for _, change := range test.bad {
				r := spec.Given(Set{least}).When(Replace{Profile: with(change)}).ThenRejected(t, code)
				if len(r.Fields) != 1 || r.Fields[0].Pointer != test.pointer {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

func TestSeriesOfNumbers(t *testing.T) {
	t.Parallel()
	turn := time.Date(2031, 12, 31, 23, 30, 0, 0, time.UTC)
	yearly := with(func(p *Profile) { p.YearlyNumbers = true })
	berlin := with(func(p *Profile) { p.YearlyNumbers, p.TimeZone, p.InvoicePrefix = true, "Europe/Berlin", "" })
	for name, test := range map[string]struct {
		profile       Profile
		invoice, note string
	}{
		"without a profile":           {State{}.Profile(), "INV-", "CN-"},
		"by default":                  {least, "INV-", "CN-"},
		"yearly":                      {yearly, "INV-2031-", "CN-2031-"},
		"yearly, in the seller's own": {berlin, "2032-", "CN-2032-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			invoice, err := test.profile.InvoiceSeries(turn)
			note, other := test.profile.CreditNoteSeries(turn)
			if err != nil || other != nil || invoice != test.invoice || note != test.note {
				t.Errorf("%q, %q, %v, %v", invoice, note, err, other)
			}
		})
	}
}
