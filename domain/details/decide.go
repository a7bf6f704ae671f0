package details

import "github.com/tallystick/tallystick/domain"

// Bounds, in characters.
const (
	nameMax    = 200
	emailMax   = 254
	addressMax = 1000
	taxIDMax   = 64
)

// Decide judges a command on details. It refuses with a *[domain.Rejection] whose codes stand at the rules, and never
// repeats what was given.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// NotFound refuses whatever needs details where there are none: details_not_found.
func NotFound() *domain.Rejection {
	return domain.NotFound("details_not_found", "there are no such details, or they were erased")
}

// decide changes nothing where the details are these already. It refuses with details_required, or its fields:
// display_name_invalid, email_invalid, address_invalid, tax_id_invalid, country_invalid.
func (c Replace) decide(s State, _ domain.Meta) ([]Fact, error) {
	if err := c.Details.check(); err != nil {
		return nil, err
	}
	if s.Details != nil && *s.Details == c.Details {
		return nil, nil
	}
	return []Fact{Set{Details: &c.Details}}, nil
}

// decide refuses with details_not_found.
func (Erase) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.Details == nil {
		return nil, NotFound()
	}
	return []Fact{Erased{}}, nil
}

func (d Details) check() error {
	if d == (Details{}) {
		return domain.InvalidField("/name", "details_required", "at least one of the details must be given")
	}
	var check domain.Check
	check.Require(d.Name == "" || domain.IsLine(d.Name, nameMax), "/name", "display_name_invalid",
		"name must be at most %d characters long, without control characters, and not blank", nameMax)
	check.Require(d.Email == "" || domain.IsLine(d.Email, emailMax) && domain.IsEmail(d.Email), "/email", "email_invalid",
		"email must be an address with one @ and no spaces, at most %d characters long", emailMax)
	check.Require(d.Address == "" || domain.IsLines(d.Address, addressMax), "/address", "address_invalid",
		`address must be at most %d characters long, without control characters but \n at the ends of lines, and not blank`, addressMax)
	check.Require(d.TaxID == "" || domain.IsLine(d.TaxID, taxIDMax), "/tax_id", "tax_id_invalid",
		"tax_id must be at most %d characters long, without control characters, and not blank", taxIDMax)
	check.Require(d.Country == "" || domain.IsCountry(d.Country), "/country", "country_invalid",
		"country must be two letters A-Z, as in ISO 3166-1")
	return check.Rejection()
}
