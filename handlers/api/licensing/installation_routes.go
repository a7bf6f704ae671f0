package licensing

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	noPlace = slices.Concat(
		endpoint.Conflict("license_linked", "the workspace is linked with a license"),
		endpoint.Conflict("subscription_active", "the workspace has a subscription that has not ended"),
		endpoint.Conflict("license_active", "a license of this ledger is the workspace's plan"))
	notLinked = endpoint.Conflict("license_not_linked", "the workspace is not linked with a license")
	refused   = endpoint.Unprocessable("license_refused", "the license server does not agree; with server_code, which says why")
)

func installationRoutes(s Services) []endpoint.Route {
	const path = "/v1/workspaces/{workspace}/license/"
	return []endpoint.Route{
		endpoint.SecretCommand(endpoint.Route{
			Method: http.MethodPost, Path: path + "link", ID: "link-workspace-license", Tag: tagInstalled, Roles: endpoint.RolesAdmin, Waits: true,
			Summary: "Link a workspace with a license",
			Text: "Asks the license server to take this installation among those of the license, and makes the license the workspace's plan: at once, or by itself " +
				"once the server can be reached. What the server agreed to and can't be applied here is tried again, hourly and with each sync.",
			Example: map[string]any{"key": "tallylic_3kTMd9Vd5QXz_4fGkq2pYb8RnWc7LxVh1SjT6uZa9EoD3mKiP5rQtB0x"}, Needs: "a license server, and a workspace without a subscription",
			Refusals: slices.Concat(noPlace, refused,
				endpoint.Conflict("license_server_missing", "the server was started without --license-server"),
				endpoint.Conflict("secret_key_missing", "the server was started without --secret-key-file"),
				endpoint.Invalid("license_key_malformed")),
		}, s.link, func(l command.WorkspaceLicense, _ string) workspaceLicenseView { return viewLicense(l) }),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPost, Path: path + "unlink", ID: "unlink-workspace-license", Tag: tagInstalled, Roles: endpoint.RolesAdmin, Waits: true,
			Summary:  "Unlink a workspace from its license",
			Text:     "The license is the plan no more, at once, and that of an uploaded file too. The server is told, now or by itself once it can be reached.",
			Refusals: notLinked,
		}, endpoint.OfWorkspace(command.UnlinkLicense), viewLicense),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodPost, Path: path + "sync", ID: "sync-workspace-license", Tag: tagInstalled, Roles: endpoint.RolesAdmin,
			Summary:  "Sync a workspace with its license server",
			Text:     "Tells how many users there are, and asks how the license is. 200 also where the server says nothing that is conclusive, or does not agree to the link, which is over then: link.last_try tells.",
			Refusals: notLinked,
		}, endpoint.OfWorkspace(command.SyncLicense), viewLicense),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: path + "upload", ID: "upload-workspace-license", Tag: tagInstalled, Roles: endpoint.RolesAdmin,
			Summary: "Upload a license file",
			Text: "For an installation without a network. The file is verified offline: by a trusted key, for this workspace, installation and fingerprint, by a clock that " +
				"was not set back, and against the highest sequence that was seen.",
			Example: map[string]any{"file": exampleFile}, Needs: "a key that signed the file, and a workspace without a subscription",
			Refusals: slices.Concat(noPlace,
				endpoint.Conflict("license_trust_missing", "the server was started without --license-trust"),
				endpoint.Unprocessable("license_file_refused", "with reason, the verdict, such as SIGNATURE_INVALID or SEQUENCE_OLD")),
		}, s.upload, viewLicense),
	}
}
