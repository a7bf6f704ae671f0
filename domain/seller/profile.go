package seller

import (
	"fmt"
	"reflect"
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

// Defaults of a profile, which hold before there is one, too.
const (
	InvoicePrefixDefault    = "INV-"
	CreditNotePrefixDefault = "CN-"
)

// Profile tells who sells. LegalName, Address and Country are always there; another field that was not given is empty.
type Profile struct {
	LegalName        string `json:"legal_name"`
	Address          string `json:"address"` // lines end with \n
	Country          string `json:"country"` // ISO 3166-1 alpha-2
	TaxID            string `json:"tax_id,omitempty"`
	Registration     string `json:"registration,omitempty"`
	Email            string `json:"email,omitempty"`
	Phone            string `json:"phone,omitempty"`
	Website          string `json:"website,omitempty"`
	Bank             *Bank  `json:"bank,omitempty"`
	Terms            string `json:"terms,omitempty"`  // lines end with \n
	Footer           string `json:"footer,omitempty"` // lines end with \n
	Logo             []byte `json:"logo,omitempty"`   // PNG or JPEG
	InvoicePrefix    string `json:"invoice_prefix"`
	CreditNotePrefix string `json:"credit_note_prefix"`
	YearlyNumbers    bool   `json:"yearly_numbers"`
	TimeZone         string `json:"time_zone"`
}

// Bank tells where to pay: an IBAN or another number of an account.
type Bank struct {
	Name    string `json:"name"`
	IBAN    string `json:"iban,omitempty"`
	Account string `json:"account,omitempty"`
	BIC     string `json:"bic,omitempty"`
}

// Equal reports whether the profiles are the same in every field.
func (p Profile) Equal(q Profile) bool { return reflect.DeepEqual(p, q) }

// InvoiceSeries gives what stands before the digits in the number of an invoice that is issued at an instant.
func (p Profile) InvoiceSeries(issued time.Time) (string, error) {
	return p.series(p.InvoicePrefix, issued)
}

// CreditNoteSeries gives what stands before the digits in the number of a credit note that is issued at an instant.
func (p Profile) CreditNoteSeries(issued time.Time) (string, error) {
	return p.series(p.CreditNotePrefix, issued)
}

func (p Profile) series(prefix string, issued time.Time) (string, error) {
	if !p.YearlyNumbers {
		return prefix, nil
	}
	zone, err := period.LoadZone(p.TimeZone)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%04d-", prefix, issued.In(zone).Year()), nil
}
