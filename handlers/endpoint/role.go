package endpoint

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
)

// Role says what a credential may do.
type Role string

const (
	RoleClient  Role = "client"  // everything under /v1/workspaces, paying invoices, and reading the catalog
	RoleFinance Role = "finance" // all reads, and what concerns money
	RoleAuditor Role = "auditor" // every GET
	RoleAdmin   Role = "admin"   // everything
	RoleLicense Role = "license" // a license key's, which no API key has: what an installation does
)

// Sets of roles that may use a route.
var (
	RolesAll        = []Role{RoleClient, RoleFinance, RoleAuditor, RoleAdmin}
	RolesReading    = []Role{RoleFinance, RoleAuditor, RoleAdmin}
	RolesWorkspaces = []Role{RoleClient, RoleAdmin}
	RolesMoney      = []Role{RoleFinance, RoleAdmin}
	RolesPaying     = []Role{RoleClient, RoleFinance, RoleAdmin}
	RolesAdmin      = []Role{RoleAdmin}
	RolesLicense    = []Role{RoleLicense}
)

// Principal tells who sends a request, and to which ledger.
type Principal struct {
	Actor  string // the credential's id, which events name
	Role   Role
	Ledger eventstore.Ledger
	Rate   int // requests in a second that the credential may make, 0 for what the server says
	// License is the one that a license key opens, "" for every other credential.
	License string
	// Secrets are the ledger's, for what it hands out and takes back: the first signs, and all are accepted. They are never
	// shown.
	Secrets [][]byte
}

// Authenticator finds the principal of a request by the request's credential. It refuses by [Unauthenticated].
type Authenticator interface {
	Authenticate(ctx context.Context, request *http.Request) (Principal, error)
	// AuthenticateLicense does the same by a license key.
	AuthenticateLicense(ctx context.Context, request *http.Request) (Principal, error)
	// Holder finds the principal of a link that a ledger has handed out: without a role, it may see what the link opens.
	Holder(ctx context.Context, ledger uuid.UUID) (holder Principal, found bool, err error)
}
