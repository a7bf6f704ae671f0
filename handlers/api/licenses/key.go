package licenses

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// SigningKeys sign what installations rely on: the first does, and the others did.
type SigningKeys []ed25519.PrivateKey

// ready refuses with license_signing_unavailable.
func (k SigningKeys) ready() error {
	if len(k) > 0 {
		return nil
	}
	return domain.Conflict("license_signing_unavailable", "the server has no key to sign with: --license-signing-key gives it one")
}

func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// sign makes the file of an instance, as it was noted that it is made.
func (k SigningKeys) sign(c *endpoint.Call, l command.License) ([]byte, error) {
	s, file := l.State, l.Instance.File
	payload := licensefile.Payload{
		ID: s.ID, Issuer: c.Ledger.ID.String(), Licensee: s.Licensee, Product: s.Product, Seats: s.Seats, Features: l.Features, Workspace: l.Instance.Workspace,
		Instance: l.Instance.Instance, Fingerprint: l.Instance.Fingerprint, Sequence: s.Sequence, IssuedAt: file.IssuedAt.UTC(),
		Expiry: licensefile.Expiry(s.Expiry), FileExpiresAt: file.ExpiresAt.UTC(), GraceUntil: file.GraceUntil.UTC(),
	}
	if s.ExpiresAt != nil {
		payload.ExpiresAt = new(s.ExpiresAt.UTC().Truncate(time.Second))
	}
	return licensefile.Sign(k[0], payload)
}

// validationPrefix begins what the signature of a validation is over.
const validationPrefix = "tallystick-license-validation/v1\n"

// signed signs an answer.
func (k SigningKeys) signed(v validationView) (validationView, error) {
	v.Kid = licensefile.KeyID(publicOf(k[0]))
	written, err := json.Marshal(v)
	if err != nil {
		return v, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(written, &members); err != nil {
		return v, err
	}
	delete(members, "signature")
	if written, err = json.Marshal(members); err != nil {
		return v, err
	}
	canonical, err := licensefile.Canonical(written)
	if err != nil {
		return v, err
	}
	signature := ed25519.Sign(k[0], append([]byte(validationPrefix+v.Kid+"\n"), canonical...))
	v.Signature = base64.RawURLEncoding.EncodeToString(signature)
	return v, nil
}

// algorithm names how files and validations are signed.
type algorithm string

var algorithms = []algorithm{licensefile.Algorithm}

// licenseKeysView shows the public keys of all that sign.
type licenseKeysView struct {
	Data []licenseKeyView `json:"data"`
}

type licenseKeyView struct {
	Kid       string    `json:"kid" doc:"The first 16 hex digits of the SHA-256 of the key's 32 bytes."`
	Alg       algorithm `json:"alg"`
	PublicKey string    `json:"public_key" doc:"In PEM."`
	Signs     bool      `json:"signs" doc:"Now; the others did."`
}

func (s Services) listKeys(*endpoint.Call) (licenseKeysView, error) {
	shown := licenseKeysView{Data: []licenseKeyView{}}
	for i, key := range s.Keys {
		pem, err := licensefile.EncodePublicKey(publicOf(key))
		if err != nil {
			return shown, err
		}
		shown.Data = append(shown.Data, licenseKeyView{
			Kid: licensefile.KeyID(publicOf(key)), Alg: licensefile.Algorithm, PublicKey: string(pem), Signs: i == 0,
		})
	}
	return shown, nil
}

func keyRoutes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.TailQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/license-keys", ID: "list-license-keys", Tag: tag, Roles: append([]endpoint.Role{endpoint.RoleLicense}, endpoint.RolesAll...),
			Summary: "List license signing keys", Text: "The public keys that files and validations are verified with. Any credential may ask.",
		}, s.listKeys),
	}
}

// refuse makes a command of an error that came before it.
func refuse[R any](id string, err error) command.Command[R] {
	return command.Refuse[R](license.Stream(id), err)
}
