package licensing

import (
	"slices"

	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/vault"
)

var (
	tag          = endpoint.Tag{Name: "Workspace licenses", Text: "What a workspace may use, in one answer, whatever gives it."}
	tagInstalled = endpoint.Tag{Name: "Installation", Text: "Licenses that this installation has from a seller elsewhere, who runs Tallystick too: linked with the " +
		"license server of --license-server, or by files that a key of --license-trust signed. The longer a license is not confirmed, the less is allowed."}
)

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("LicenseAction", endpoint.ActionsOf(installation.Actions)),
	endpoint.EnumOf("LicenseSource", sources),
	endpoint.EnumOf("WorkspaceLicenseStatus", statuses()),
	endpoint.EnumOf("WorkspaceAccess", []entitlement.Access{entitlement.AccessFull, entitlement.AccessReadOnly, entitlement.AccessNone}),
	endpoint.EnumOf("LicenseLinkState", installation.LinkStates),
	endpoint.EnumOf("LicenseLadder", installation.Ladders),
}

var sources = []seating.Source{seating.SourceFree, seating.SourceSubscription, seating.SourceTrial, seating.SourceLicense}

// status tells how a workspace's license is: a subscription's, a license's, or what there is without either.
type status string

func statuses() []status {
	all := []status{command.StatusFree, command.StatusNone}
	for _, s := range subscription.Statuses {
		all = append(all, status(s))
	}
	for _, s := range entitlement.LicenseStatuses {
		if !slices.Contains(all, status(s)) {
			all = append(all, status(s))
		}
	}
	return all
}

// Services hold what the routes work with.
type Services struct {
	Installation licenseserver.Installation
	Vault        *vault.Vault
}

// Routes gives the routes of workspaces' licenses.
func Routes(s Services) []endpoint.Route {
	return slices.Concat(licenseRoutes, installationRoutes(s))
}
