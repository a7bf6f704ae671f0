package licenseserver

import (
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/vault"
)

// Installation tells what an installation is to sellers, and whom it believes. The zero value has no license from anybody.
type Installation struct {
	Server      *Client           // nil for none
	Trust       licensefile.Trust // whose files are believed
	Instance    string            // its name among those of a license; "" where there is no server
	Fingerprint string
}

// KeyName names the sealed license key of a link.
func KeyName(ledger uuid.UUID, link string) vault.Name {
	return vault.Name{Ledger: ledger, Kind: "license-link", ID: link}
}
