package licensing

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var licenseRoutes = []endpoint.Route{
	endpoint.AskQuery(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/license", ID: "get-workspace-license", Tag: tag, Roles: endpoint.RolesAll,
		Summary: "Get the license of a workspace",
		Text: "Plan, seats, status, dates and features at one position, whatever gives them: the free product, a trial, a subscription or a license. " +
			"Always answers, and is never behind: no read model is asked.",
	}, lookAtLicense, func(_ *endpoint.Call, l command.WorkspaceLicense) workspaceLicenseView { return viewLicense(l) }),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/license/refresh", ID: "refresh-workspace-license", Tag: tag,
		Roles: endpoint.RolesWorkspaces, Summary: "Refresh the license of a workspace",
		Text: "Derives it from the books again, and writes only what differs: deadlines that nobody has carried out, seats that are not those of " +
			"the plan, and a plan that is not the installation's license. Nobody outside is asked; sync does that.",
	}, endpoint.OfWorkspace(command.RefreshLicense), viewLicense),
}
