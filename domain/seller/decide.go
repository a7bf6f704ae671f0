package seller

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/jpeg" // a logo's format
	_ "image/png"  // a logo's format
	"regexp"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// Bounds, in characters where nothing else is said.
const (
	nameMax    = 200
	emailMax   = 254
	addressMax = 1000
	codeMax    = 64
	textMax    = 2000
	logoMax    = 64 << 10 // bytes
	pixelsMax  = 2000     // a side
)

// Command changes who the seller is.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Replace makes this the profile, all of it. Logo is an image in base64, in place of the profile's own.
type Replace struct {
	Profile Profile
	Logo    string
}

// Decide judges a command on the seller. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// NotFound refuses to show a profile where there is none: seller_not_found.
func NotFound() *domain.Rejection {
	return domain.NotFound("seller_not_found", "the ledger has no seller's profile yet")
}

// decide changes nothing where the profile is this already. It refuses with its fields, whose codes stand at the functions
// that check them.
func (c Replace) decide(s State, _ domain.Meta) ([]Fact, error) {
	p := c.Profile
	var check domain.Check
	p.checkNames(&check)
	p.checkContact(&check)
	if p.Bank != nil {
		bank := *p.Bank
		p.Bank = &bank
		bank.IBAN = strings.ReplaceAll(bank.IBAN, " ", "")
		bank.check(&check)
	}
	p.checkNumbers(&check)
	p.Logo = logo(&check, c.Logo)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if s.profile != nil && s.profile.Equal(p) {
		return nil, nil
	}
	return []Fact{Set{Profile: p}}, nil
}

// checkNames checks legal_name_invalid, address_invalid, country_invalid, tax_id_invalid, registration_invalid, terms_invalid
// and footer_invalid.
func (p Profile) checkNames(check *domain.Check) {
	requireLine(check, "/legal_name", "legal_name_invalid", p.LegalName, nameMax)
	requireLines(check, "/address", "address_invalid", p.Address, addressMax)
	check.Require(domain.IsCountry(p.Country), "/country", "country_invalid", "country must be two letters A-Z, as in ISO 3166-1")
	optional(check, requireLine, "/tax_id", "tax_id_invalid", p.TaxID, codeMax)
	optional(check, requireLine, "/registration", "registration_invalid", p.Registration, nameMax)
	optional(check, requireLines, "/terms", "terms_invalid", p.Terms, textMax)
	optional(check, requireLines, "/footer", "footer_invalid", p.Footer, textMax)
}

// checkContact checks email_invalid, phone_invalid and website_invalid.
func (p Profile) checkContact(check *domain.Check) {
	check.Require(p.Email == "" || domain.IsLine(p.Email, emailMax) && domain.IsEmail(p.Email), "/email", "email_invalid",
		"email must be an address with one @ and no spaces, at most %d characters long", emailMax)
	optional(check, requireLine, "/phone", "phone_invalid", p.Phone, codeMax)
	optional(check, requireLine, "/website", "website_invalid", p.Website, nameMax)
}

var (
	iban = regexp.MustCompile(`\A[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\z`)
	bic  = regexp.MustCompile(`\A[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\z`)
)

// check checks bank_name_invalid, iban_or_account, iban_invalid, account_invalid and bic_invalid.
func (b Bank) check(check *domain.Check) {
	requireLine(check, "/bank/name", "bank_name_invalid", b.Name, nameMax)
	check.Require((b.IBAN == "") != (b.Account == ""), "/bank/iban", "iban_or_account", "either iban or account must be given")
	check.Require(b.IBAN == "" || iban.MatchString(b.IBAN), "/bank/iban", "iban_invalid",
		"iban must be two letters, two digits and 11 to 30 more letters or digits, in capitals")
	optional(check, requireLine, "/bank/account", "account_invalid", b.Account, codeMax)
	check.Require(b.BIC == "" || bic.MatchString(b.BIC), "/bank/bic", "bic_invalid", "bic must be 8 or 11 letters and digits, in capitals")
}

// prefix leaves no doubt where the digits of a number begin, and a number can stand in a path.
var prefix = regexp.MustCompile(`\A(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,19})?\z`)

// checkNumbers checks invoice_prefix_invalid, credit_note_prefix_invalid and time_zone_unknown.
func (p Profile) checkNumbers(check *domain.Check) {
	for _, given := range []struct{ field, prefix string }{
		{"invoice_prefix", p.InvoicePrefix}, {"credit_note_prefix", p.CreditNotePrefix},
	} {
		ok := prefix.MatchString(given.prefix) && strings.TrimRight(given.prefix, "0123456789") == given.prefix
		check.Require(ok, "/"+given.field, given.field+"_invalid",
			"%s must be up to 20 of A-Z a-z 0-9 _ . - with a letter or digit first and no digit last", given.field)
	}
	_, err := period.LoadZone(p.TimeZone)
	check.Require(err == nil, "/time_zone", period.CodeTimeZoneUnknown, "%v", err)
}

// logo checks logo_invalid and logo_too_large. It reads the whole image, so that no document fails for it later.
func logo(check *domain.Check, text string) []byte {
	if text == "" {
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if !check.Require(err == nil, "/logo", "logo_invalid", "logo must be an image in base64, as in RFC 4648, with its padding") ||
		!check.Require(len(data) <= logoMax, "/logo", "logo_too_large", "logo must have at most %d bytes", logoMax) {
		return nil
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if !check.Require(err == nil, "/logo", "logo_invalid", "logo must be a PNG or JPEG image") ||
		!check.Require(config.Width <= pixelsMax && config.Height <= pixelsMax, "/logo", "logo_too_large",
			"logo must have at most %d pixels on each side", pixelsMax) {
		return nil
	}
	_, _, err = image.Decode(bytes.NewReader(data))
	check.Require(err == nil, "/logo", "logo_invalid", "logo must be a whole image: it ends early or is damaged")
	return data
}

type rule func(check *domain.Check, pointer, code, text string, most int)

func requireLine(check *domain.Check, pointer, code, text string, most int) {
	check.Require(domain.IsLine(text, most), pointer, code,
		"%s must be 1 to %d characters long, without control characters, and not blank", field(pointer), most)
}

func requireLines(check *domain.Check, pointer, code, text string, most int) {
	check.Require(domain.IsLines(text, most), pointer, code,
		`%s must be 1 to %d characters long, without control characters but \n at the ends of lines, and not blank`, field(pointer), most)
}

func optional(check *domain.Check, require rule, pointer, code, text string, most int) {
	if text != "" {
		require(check, pointer, code, text, most)
	}
}

// field names the field at the end of a pointer.
func field(pointer string) string { return pointer[strings.LastIndex(pointer, "/")+1:] }
