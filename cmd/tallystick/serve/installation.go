package serve

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/licenseserver"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// Installing holds the settings of an installation that has licenses from a seller elsewhere.
type Installing struct {
	LicenseServer   string `help:"URL of the Tallystick of a seller, with whose license keys workspaces are linked (https, or http to this machine). It needs the next two." env:"TALLYSTICK_LICENSE_SERVER" placeholder:"URL"`
	LicenseTrust    string `help:"File of the seller's public keys, in PEM, that sign the license files that are believed, fetched and uploaded ones." env:"TALLYSTICK_LICENSE_TRUST" placeholder:"FILE"`
	LicenseInstance string `help:"Name of this installation among those of a license. Without one an uploaded file may be for any name." env:"TALLYSTICK_LICENSE_INSTANCE" placeholder:"NAME"`
}

// wrong lists what is wrong with the settings.
func (i *Installing) wrong() (wrong []error) {
	if i.LicenseServer != "" {
		if _, err := licenseserver.New(i.LicenseServer); err != nil {
			wrong = append(wrong, fmt.Errorf("--license-server %w", err))
		}
		if i.LicenseTrust == "" {
			wrong = append(wrong, errors.New("--license-server needs --license-trust, the keys that sign its files"))
		}
		if i.LicenseInstance == "" {
			wrong = append(wrong, errors.New("--license-server needs --license-instance, which names this installation to it"))
		}
	}
	if i.LicenseInstance != "" {
		if !domain.ValidName(i.LicenseInstance) {
			wrong = append(wrong, fmt.Errorf("--license-instance %q must be %s", i.LicenseInstance, domain.NameRule))
		}
		if i.LicenseServer == "" && i.LicenseTrust == "" {
			wrong = append(wrong, errors.New("--license-instance needs --license-trust, or no license is for it"))
		}
	}
	return wrong
}

// TrustedKeys reads the keys whose license files are believed; none where no file is given.
func (i *Installing) TrustedKeys() (licensefile.Trust, error) {
	if i.LicenseTrust == "" {
		return nil, nil
	}
	text, err := os.ReadFile(i.LicenseTrust)
	if err != nil {
		return nil, fmt.Errorf("read --license-trust: %w", err)
	}
	trust, err := licensefile.ParsePublicKeys(text)
	if err != nil {
		return nil, fmt.Errorf("read --license-trust %s: %w", i.LicenseTrust, err)
	}
	return trust, nil
}

// openInstallation tells what this installation is to sellers, and whom it believes.
func (i *Installing) openInstallation(ctx context.Context, h *house.House) (opened licenseserver.Installation, err error) {
	opened.Instance = i.LicenseInstance
	if opened.Trust, err = i.TrustedKeys(); err != nil {
		return opened, err
	}
	if opened.Fingerprint, err = access.Fingerprint(ctx, h.Queries); err != nil {
		return opened, err
	}
	if i.LicenseServer != "" {
		if opened.Server, err = licenseserver.New(i.LicenseServer); err != nil {
			return opened, fmt.Errorf("--license-server %w", err)
		}
	}
	return opened, nil
}
