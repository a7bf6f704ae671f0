package licenses

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// forbidden documents a refusal with 403.
func forbidden(code, text string) endpoint.Refusal {
	return endpoint.Refusal{Status: http.StatusForbidden, Code: code, Text: text}
}

const fileType = "text/plain; charset=us-ascii"

var (
	noInstance = endpoint.NotFound("instance_not_found", "the license has no such instance")
	unusable   = []endpoint.Refusal{
		forbidden("license_revoked", "the license was revoked"), forbidden("license_suspended", "the license is suspended"),
		forbidden("license_expired", "the license has expired, and restricts"),
	}
	activation = slices.Concat(unusable,
		endpoint.Conflict("activation_limit_reached", "max_instances are there already"),
		endpoint.Conflict("fingerprint_mismatch", "the instance is there with another fingerprint"),
		endpoint.Invalid("name_invalid", "fingerprint_invalid"))
	exampleInstance = map[string]any{"instance": "berlin"}
	exampleActivate = map[string]any{"instance": "berlin", "fingerprint": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
)

func instanceRoutes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.Query(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/licenses/{license}/instances", ID: "list-license-instances", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "List the instances of a license", Text: "In the order of their activation.", Parameters: endpoint.ListParameters(), Refusals: noLicense,
		}, projections.Licenses, s.listInstances),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/licenses/{license}/instances", ID: "add-license-instance", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Add an instance to a license", Status: http.StatusCreated, Repeats: true, Tidy: s.beginInstances,
			Text:    "For an installation without a network. With a heartbeat_ttl it dies as any other does, unless it is heard of: such a license wants none.",
			Example: exampleActivate, Needs: "a license", Refusals: slices.Concat(noLicense, activation),
		}, s.addInstance, func(l command.License) instanceAnswer { return viewActivated(l, nil) }),
		endpoint.PlainCommand(endpoint.Route{
			Method: http.MethodDelete, Path: "/v1/licenses/{license}/instances/{instance}", ID: "remove-license-instance", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Remove an instance of a license", Text: "Its place is free. Its files stay valid until they end.", Tidy: s.forgetInstance,
			Refusals: slices.Concat(noLicense, noInstance),
		}, removeInstance, empty[command.License]),
		endpoint.TextCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/licenses/{license}/file", ID: "make-license-file", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Make a license file", Text: "For an installation without a network, which verifies it offline.", AnswerAs: fileType,
			Example: exampleInstance, Needs: "an instance of the license",
			Refusals: slices.Concat(noLicense, noInstance, noSigning, unusable, endpoint.Invalid("file_ttl_days_invalid")),
		}, s.addFile, s.viewFile, func(c *endpoint.Call) string { return c.Name("license") + ".lic" }),
	}
}
