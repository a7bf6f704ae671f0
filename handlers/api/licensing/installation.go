package licensing

import (
	"context"
	"regexp"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/licenseserver"
)

// linkLicenseBody is the body of POST /v1/workspaces/{workspace}/license/link.
type linkLicenseBody struct {
	Key string `json:"key" maxLength:"100" example:"tallylic_3kTMd9Vd5QXz_4fGkq2pYb8RnWc7LxVh1SjT6uZa9EoD3mKiP5rQtB0x" doc:"The license key that the seller gave. It is kept sealed and never shown."`
}

// uploadLicenseBody is the body of POST /v1/workspaces/{workspace}/license/upload.
type uploadLicenseBody struct {
	File endpoint.Multiline `json:"file" minLength:"1" maxLength:"65536" doc:"The license file as it is: four lines, each ended by one LF."`
}

// exampleFile is signed by a key of nobody's.
const exampleFile = "tallystick-license-file/v1\ned25519 67ed3ea8d181aa0a\neyJleHBpcmVzX2F0IjpudWxsLCJleHBpcnkiOiJyZXN0cmljdCIsImZlYXR1cmVzIjp7InNzbyI6dHJ1ZX0sImZpbGVfZXhwaXJlc19hdCI6IjIxOTktMDEtMDFUMDA6MDA6MDBaIiwiZmluZ2VycHJpbnQiOiJmMDBkIiwiZ3JhY2VfdW50aWwiOiIyMTk5LTAyLTAxVDAwOjAwOjAwWiIsImlkIjoibGljLTEiLCJpbnN0YW5jZSI6ImJlcmxpbiIsImlzc3VlZF9hdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDBaIiwiaXNzdWVyIjoic2VsbGVyIiwibGljZW5zZWUiOiJBY21lIEx0ZCIsInByb2R1Y3QiOiJlbnRlcnByaXNlIiwic2VhdHMiOjI1LCJzZXF1ZW5jZSI6MSwid29ya3NwYWNlIjpudWxsfQ\nz7z4TdTr7yFee42Q2F2IOOQ1bKlsKBOux3KNLd2eEQnHY0QCyCEb8a4Hru8SUt_9SuOdVUrTOaE8Nrg4AyDFCg\n"

// licenseKey is the form of license keys.
var licenseKey = regexp.MustCompile(`^tallylic_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$`)

// link seals the key before the command, which names it by the link's id.
func (s Services) link(c *endpoint.Call, b linkLicenseBody) (none command.Command[command.WorkspaceLicense], secret endpoint.Secret, err error) {
	switch {
	case s.Installation.Server == nil:
		return none, secret, domain.Conflict("license_server_missing", "no license server can be asked: start the server with --license-server")
	case !licenseKey.MatchString(b.Key):
		return none, secret, domain.InvalidField("/key", "license_key_malformed", "key must be a license key, such as tallylic_…_…")
	}
	if err := s.Vault.Ready(); err != nil {
		return none, secret, err
	}
	id := endpoint.NewID()
	name := licenseserver.KeyName(c.Ledger.ID, id)
	secret = endpoint.Secret{
		Keep:   func(ctx context.Context) error { return s.Vault.Put(ctx, name, []byte(b.Key)) },
		Forget: func(ctx context.Context) error { return s.Vault.Delete(ctx, name) },
	}
	return command.LinkLicense(c.Workspace(), installation.BeginLink{
		ID: id, Server: s.Installation.Server.URL(), Instance: s.Installation.Instance,
	}), secret, nil
}

// upload takes a license file.
func (s Services) upload(c *endpoint.Call, b uploadLicenseBody) command.Command[command.WorkspaceLicense] {
	if len(s.Installation.Trust) == 0 {
		return command.Refuse[command.WorkspaceLicense](installation.Stream(c.Workspace()),
			domain.Conflict("license_trust_missing", "no key is trusted to sign license files: start the server with --license-trust"))
	}
	return command.UploadLicense(c.Workspace(), installation.Upload{Instance: s.Installation.Instance, Verify: installation.Verify{
		File: []byte(b.File), Trust: s.Installation.Trust, Workspace: c.Workspace(), Fingerprint: s.Installation.Fingerprint,
	}})
}
