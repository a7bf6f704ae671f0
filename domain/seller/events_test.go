package seller

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), Set{Profile: Profile{
		LegalName: "Acme Ltd", Address: "1 High Street\nLeeds", Country: "GB", TaxID: "GB123456789", Registration: "Companies House 123456",
		Email: "billing@example.com", Phone: "+44 113 496 0000", Website: "https://example.com",
		Bank:  &Bank{Name: "West Bank", IBAN: "GB82WEST12345698765432", BIC: "WESTGB2L"},
		Terms: "Payable within 30 days.", Footer: "Thank you.", Logo: []byte{0x89, 'P', 'N', 'G'},
		InvoicePrefix: "INV-", CreditNotePrefix: "CN-", YearlyNumbers: true, TimeZone: "Europe/London",
	}})
}

func TestTheLeastProfileKeepsItsShape(t *testing.T) {
	t.Parallel()
	domain.CheckShape(t, os.DirFS("testdata/events"), "seller.set.v1.least", Set{Profile: least})
}
