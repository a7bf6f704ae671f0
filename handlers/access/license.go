package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// licensePrefix begins every license key.
const licensePrefix = "tallylic_"

// LicenseKey is a license key as its owner has it: tallylic_<key id>_<secret>.
type LicenseKey struct {
	ID     string
	secret string
}

// NewLicenseKey draws a key.
func NewLicenseKey() LicenseKey {
	return LicenseKey{ID: randomBase62(keyIDLen), secret: randomBase62(secretLen)}
}

func (k LicenseKey) String() string { return licensePrefix + k.ID + "_" + k.secret }

// LicenseKeyHint shows a key without its secret.
func LicenseKeyHint(id string) string { return licensePrefix + id }

// Keep stores which license of a ledger the key opens. It opens it once the license says so too.
func (k LicenseKey) Keep(ctx context.Context, db *pgxpool.Pool, ledger uuid.UUID, id string) error {
	hash := sha256.Sum256([]byte(k.secret))
	_, err := db.Exec(ctx, `
		INSERT INTO tallystick.license_keys (key_id, ledger_id, license_id, secret_hash)
		VALUES ($1, $2, $3, $4)`, k.ID, [16]byte(ledger), id, hash[:])
	if err != nil {
		return fmt.Errorf("keep license key %s: %w", k.ID, err)
	}
	return nil
}

// Forget forgets the key.
func (k LicenseKey) Forget(ctx context.Context, db *pgxpool.Pool) error {
	_, err := db.Exec(ctx, `
		DELETE FROM tallystick.license_keys
		WHERE key_id = $1`, k.ID)
	if err != nil {
		return fmt.Errorf("forget license key %s: %w", k.ID, err)
	}
	return nil
}

// parseLicenseKey reads "License tallylic_<key id>_<secret>".
func parseLicenseKey(values []string) (k LicenseKey, ok bool) {
	if len(values) != 1 {
		return k, false
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	rest, named := strings.CutPrefix(text, licensePrefix)
	id, secret, _ := strings.Cut(rest, "_")
	if !named || len(id) != keyIDLen || !isBase62(id) {
		return k, false
	}
	k = LicenseKey{ID: id, secret: secret}
	return k, strings.EqualFold(scheme, endpoint.LicenseScheme) && len(secret) == secretLen && isBase62(secret)
}

// AuthenticateLicense finds the license that the key of a request opens. Whatever is wrong with the key, the refusal is the same.
// Whether the license still says that this is its key is for the license's rules.
func (k *Keys) AuthenticateLicense(ctx context.Context, request *http.Request) (endpoint.Principal, error) {
	values := request.Header.Values("Authorization")
	presented, ok := parseLicenseKey(values)
	if !ok {
		reason := "malformed"
		if len(values) == 0 {
			reason = "missing"
		}
		return endpoint.Principal{}, unlicensed(reason, presented.ID)
	}
	p := endpoint.Principal{Actor: presented.ID, Role: endpoint.RoleLicense}
	var hash []byte
	err := k.db.QueryRow(ctx, `
		SELECT k.secret_hash, k.license_id, `+ledgerColumns+`
		FROM tallystick.license_keys k
		JOIN tallystick.ledgers l USING (ledger_id)
		WHERE k.key_id = $1`, presented.ID, k.now()).Scan(append([]any{&hash, &p.License}, scanLedger(&p)...)...)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return endpoint.Principal{}, fmt.Errorf("find license key %s: %w", presented.ID, err)
	}
	secret := sha256.Sum256([]byte(presented.secret))
	switch same := subtle.ConstantTimeCompare(secret[:], hash) == 1; {
	case err != nil:
		return endpoint.Principal{}, unlicensed("unknown", presented.ID)
	case !same:
		return endpoint.Principal{}, unlicensed("wrong secret", presented.ID)
	}
	return inUTC(p), nil
}

func unlicensed(reason, key string) error {
	return endpoint.Unauthenticated(license.KeyRule, reason, key).By(license.CodeKeyInvalid, endpoint.LicenseScheme)
}
