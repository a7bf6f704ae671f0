package seller

import (
	"context"
	"encoding/base64"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// sellerBody is the body of PUT /v1/seller.
type sellerBody struct {
	LegalName        string             `json:"legal_name" minLength:"1" maxLength:"200" example:"Acme Ltd"`
	Address          endpoint.Multiline `json:"address" minLength:"1" maxLength:"1000" example:"1 High Street\nLeeds" doc:"As it is to be printed; lines end with \\n."`
	Country          string             `json:"country" pattern:"^[A-Z]{2}$" example:"GB" doc:"ISO 3166-1, two letters."`
	TaxID            string             `json:"tax_id,omitempty" null:"unset" maxLength:"64" example:"GB123456789"`
	Registration     string             `json:"registration,omitempty" null:"unset" maxLength:"200" example:"Companies House 12345678"`
	Email            string             `json:"email,omitempty" null:"unset" maxLength:"254" example:"billing@example.com"`
	Phone            string             `json:"phone,omitempty" null:"unset" maxLength:"64" example:"+44 113 496 0000"`
	Website          string             `json:"website,omitempty" null:"unset" maxLength:"200" example:"https://example.com"`
	Bank             *bankBody          `json:"bank,omitempty" null:"unset"`
	Terms            endpoint.Multiline `json:"terms,omitempty" null:"unset" maxLength:"2000" example:"Payable within 30 days."`
	Footer           endpoint.Multiline `json:"footer,omitempty" null:"unset" maxLength:"2000"`
	Logo             string             `json:"logo,omitempty" null:"unset" maxLength:"87384" doc:"A PNG or JPEG image in base64: at most 65 536 bytes before it is encoded, and 2 000 pixels a side."`
	InvoicePrefix    *string            `json:"invoice_prefix,omitempty" default:"INV-" pattern:"^([A-Za-z0-9][A-Za-z0-9_.-]{0,19})?$" doc:"It never ends with a digit."`
	CreditNotePrefix *string            `json:"credit_note_prefix,omitempty" default:"CN-" pattern:"^([A-Za-z0-9][A-Za-z0-9_.-]{0,19})?$" doc:"It never ends with a digit."`
	YearlyNumbers    bool               `json:"yearly_numbers,omitempty" default:"false" doc:"The year follows the prefix, and each year's numbers begin with 1."`
	TimeZone         *string            `json:"time_zone,omitempty" default:"UTC" doc:"That the year is counted in: an IANA name."`
}

type bankBody struct {
	Name    string `json:"name" minLength:"1" maxLength:"200" example:"West Bank"`
	IBAN    string `json:"iban,omitempty" null:"unset" maxLength:"64" example:"GB82WEST12345698765432" doc:"Either this or account. Spaces in it are left out."`
	Account string `json:"account,omitempty" null:"unset" maxLength:"64" doc:"Either this or iban."`
	BIC     string `json:"bic,omitempty" null:"unset" maxLength:"11" example:"WESTGB2L"`
}

// sellerView shows the seller's profile.
type sellerView struct {
	LegalName        string    `json:"legal_name"`
	Address          string    `json:"address"`
	Country          string    `json:"country"`
	TaxID            *string   `json:"tax_id"`
	Registration     *string   `json:"registration"`
	Email            *string   `json:"email"`
	Phone            *string   `json:"phone"`
	Website          *string   `json:"website"`
	Bank             *bankView `json:"bank"`
	Terms            *string   `json:"terms"`
	Footer           *string   `json:"footer"`
	Logo             *string   `json:"logo" doc:"In base64."`
	InvoicePrefix    string    `json:"invoice_prefix"`
	CreditNotePrefix string    `json:"credit_note_prefix"`
	YearlyNumbers    bool      `json:"yearly_numbers"`
	TimeZone         string    `json:"time_zone"`
}

type bankView struct {
	Name    string  `json:"name"`
	IBAN    *string `json:"iban"`
	Account *string `json:"account"`
	BIC     *string `json:"bic"`
}

func view(p seller.Profile) sellerView {
	v := sellerView{
		LegalName: p.LegalName, Address: p.Address, Country: p.Country, TaxID: endpoint.OrNull(p.TaxID),
		Registration: endpoint.OrNull(p.Registration), Email: endpoint.OrNull(p.Email), Phone: endpoint.OrNull(p.Phone),
		Website: endpoint.OrNull(p.Website), Terms: endpoint.OrNull(p.Terms), Footer: endpoint.OrNull(p.Footer),
		Logo:          endpoint.OrNull(base64.StdEncoding.EncodeToString(p.Logo)),
		InvoicePrefix: p.InvoicePrefix, CreditNotePrefix: p.CreditNotePrefix, YearlyNumbers: p.YearlyNumbers, TimeZone: p.TimeZone,
	}
	if b := p.Bank; b != nil {
		v.Bank = &bankView{Name: b.Name, IBAN: endpoint.OrNull(b.IBAN), Account: endpoint.OrNull(b.Account), BIC: endpoint.OrNull(b.BIC)}
	}
	return v
}

func get(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (sellerView, error) {
	found, ok, err := projections.FindSeller(ctx, tx, c.Ledger.ID, nil)
	if err == nil && !ok {
		err = seller.NotFound()
	}
	c.SetVersion(found.Version)
	return view(found.Profile), err
}

func set(_ *endpoint.Call, b sellerBody) command.Command[seller.Profile] {
	p := seller.Profile{
		LegalName: b.LegalName, Address: string(b.Address), Country: b.Country, TaxID: b.TaxID, Registration: b.Registration,
		Email: b.Email, Phone: b.Phone, Website: b.Website, Terms: string(b.Terms), Footer: string(b.Footer),
		InvoicePrefix:    domain.Or(b.InvoicePrefix, seller.InvoicePrefixDefault),
		CreditNotePrefix: domain.Or(b.CreditNotePrefix, seller.CreditNotePrefixDefault),
		YearlyNumbers:    b.YearlyNumbers, TimeZone: domain.Or(b.TimeZone, period.TimeZoneDefault),
	}
	if b.Bank != nil {
		bank := seller.Bank(*b.Bank)
		p.Bank = &bank
	}
	return command.SetSeller(seller.Replace{Profile: p, Logo: b.Logo})
}
