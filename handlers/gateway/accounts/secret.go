package accounts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/merchant"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/vault"
)

// Kinds of secrets in the vault.
const (
	kindKey      vault.Kind = "gateway_key"
	kindEndpoint vault.Kind = "gateway_endpoint"
)

// Accounts keeps what belongs to the ledgers' accounts at gateways.
type Accounts struct {
	store *eventstore.Store
	vault *vault.Vault
	pool  *pgxpool.Pool
}

// New makes it. The pool's commits must outlive a crash of the database.
func New(store *eventstore.Store, v *vault.Vault, pool *pgxpool.Pool) *Accounts {
	return &Accounts{store: store, vault: v, pool: pool}
}

// Merchant tells how a ledger takes money at a gateway.
func (a *Accounts) Merchant(ctx context.Context, ledger eventstore.Ledger, gateway string) (merchant.State, error) {
	return eventstore.Ask(ctx, a.store, ledger, command.LookAtMerchant(gateway))
}

// SecretKey finds a ledger's secret key for a gateway, and gives "" where it has none. It refuses with secret_key_missing.
func (a *Accounts) SecretKey(ctx context.Context, ledger eventstore.Ledger, gateway string) (string, error) {
	s, err := a.Merchant(ctx, ledger, gateway)
	if err != nil || s.Key == "" {
		return "", err
	}
	key, err := a.vault.Get(ctx, vault.Name{Ledger: ledger.ID, Kind: kindKey, ID: s.Key})
	return string(key), err
}

// macBytes is the part of a MAC that an id has.
const macBytes = 12

// identify gives the id of a secret, which tells nothing of it to whoever does not know the ledger's own.
func identify(ledger uuid.UUID, own []byte, gateway string, kind vault.Kind, secret string) []byte {
	mac := hmac.New(sha256.New, own)
	mac.Write([]byte("tallystick/gateway-secret/v1"))
	mac.Write(ledger[:])
	mac.Write([]byte(gateway + "\n" + string(kind) + "\n" + secret))
	return mac.Sum(nil)[:macBytes]
}

// KeepKey seals a secret key and gives its id. It refuses with secret_key_missing.
func (a *Accounts) KeepKey(ctx context.Context, ledger uuid.UUID, own []byte, gateway, secret string) (id string, err error) {
	id = KeyID(ledger, own, gateway, secret)
	return id, a.vault.Put(ctx, vault.Name{Ledger: ledger, Kind: kindKey, ID: id}, []byte(secret))
}

// KeyID gives the id of a secret key.
func KeyID(ledger uuid.UUID, own []byte, gateway, secret string) string {
	return "key-" + base64.RawURLEncoding.EncodeToString(identify(ledger, own, gateway, kindKey, secret))
}

// endpointPrefix begins the id of every endpoint.
const endpointPrefix = "we_"

// KeepEndpoint seals an endpoint's signing secret and gives the endpoint's id. It refuses with secret_key_missing.
func (a *Accounts) KeepEndpoint(ctx context.Context, ledger uuid.UUID, own []byte, gateway, secret string) (id string, err error) {
	id = EndpointID(ledger, own, gateway, secret)
	return id, a.vault.Put(ctx, vault.Name{Ledger: ledger, Kind: kindEndpoint, ID: id}, []byte(secret))
}

// EndpointID gives the id of an endpoint, which tells its ledger.
func EndpointID(ledger uuid.UUID, own []byte, gateway, secret string) string {
	return endpointPrefix + base64.RawURLEncoding.EncodeToString(append(ledger[:], identify(ledger, own, gateway, kindEndpoint, secret)...))
}

// LedgerOf finds the ledger of an endpoint's id. Whether the ledger has the endpoint is another matter.
func LedgerOf(endpoint string) (ledger uuid.UUID, ok bool) {
	text, ok := strings.CutPrefix(endpoint, endpointPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) != len(ledger)+macBytes {
		return ledger, false
	}
	return uuid.UUID(raw[:len(ledger)]), true
}

// SigningSecrets gives the signing secrets of all endpoints of a gateway, each of which is good at each endpoint, so that one can
// take another's place. found is false where the ledger does not have this endpoint.
func (a *Accounts) SigningSecrets(ctx context.Context, ledger eventstore.Ledger, gateway, endpoint string) (secrets [][]byte, found bool, err error) {
	s, err := a.Merchant(ctx, ledger, gateway)
	if err != nil {
		return nil, false, err
	}
	if _, found = s.Find(endpoint); !found {
		return nil, false, nil
	}
	for _, e := range s.Endpoints {
		secret, err := a.vault.Get(ctx, vault.Name{Ledger: ledger.ID, Kind: kindEndpoint, ID: e.ID})
		if errors.Is(err, vault.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, true, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, true, nil
}

// Tidy forgets those secrets that the ledger does not use: the key that was replaced, and one of this id where nothing names it.
func (a *Accounts) Tidy(ctx context.Context, ledger eventstore.Ledger, gateway, id string) error {
	s, err := a.Merchant(ctx, ledger, gateway)
	if err != nil {
		return err
	}
	var unused []vault.Name
	if s.Replaced != "" && s.Replaced != s.Key {
		unused = append(unused, vault.Name{Ledger: ledger.ID, Kind: kindKey, ID: s.Replaced})
	}
	if _, used := s.Find(id); !used && id != s.Key {
		for _, kind := range []vault.Kind{kindKey, kindEndpoint} {
			unused = append(unused, vault.Name{Ledger: ledger.ID, Kind: kind, ID: id})
		}
	}
	for _, name := range unused {
		if err := a.vault.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
