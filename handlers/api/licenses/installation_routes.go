package licenses

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// ofKey completes a route that a license key opens.
func ofKey(action, id, summary, text string, example any, refusals ...endpoint.Refusal) endpoint.Route {
	return endpoint.Route{
		Method: http.MethodPost, Path: "/v1/licenses/" + action, ID: id, Tag: tagInstallation, Roles: endpoint.RolesLicense, Summary: summary, Text: text,
		Example: example, Needs: "the license's key",
		Refusals: append([]endpoint.Refusal{{Status: http.StatusUnauthorized, Code: license.CodeKeyInvalid, Text: "there is no valid license key"}}, refusals...),
	}
}

func installationRoutes(s Services) []endpoint.Route {
	activate := ofKey("activate", "activate-license", "Activate an installation",
		"A fingerprint that is there is activated already, under its first name. The limit of instances holds however many ask at once.",
		exampleActivate, activation...)
	activate.Status, activate.Repeats = http.StatusCreated, true
	file := ofKey("file", "fetch-license-file", "Fetch a license file", "For an installation that syncs by other means.", exampleInstance,
		slices.Concat(noInstance, noSigning, unusable, endpoint.Invalid("file_ttl_days_invalid"))...)
	file.AnswerAs = fileType
	return []endpoint.Route{
		endpoint.Act(activate, s.activate),
		endpoint.Act(ofKey("deactivate", "deactivate-license", "Deactivate an installation", "Its place is free.", exampleInstance, noInstance...), s.deactivate),
		endpoint.Act(ofKey("heartbeat", "heartbeat-license", "Tell that an installation is alive",
			"At least every heartbeat_ttl seconds. One that died returns by it.", exampleInstance,
			slices.Concat(noInstance, endpoint.Conflict("activation_limit_reached", "it had died, and its place was taken"))...), s.heartbeat),
		endpoint.Act(ofKey("sync", "sync-license", "Sync an installation",
			"Tells the license as it is and, unless it is revoked, suspended or expired, brings a new file.",
			map[string]any{"instance": "berlin", "users": 42},
			slices.Concat(noInstance, noSigning, endpoint.Conflict("activation_limit_reached", "it had died, and its place was taken"),
				endpoint.Invalid("users_invalid"))...), s.sync),
		endpoint.TextAct(file, s.file, func(c *endpoint.Call) string { return c.License + ".lic" }),
		endpoint.Ask(ofKey("validate", "validate-license", "Validate a license",
			"Answers whether the license is valid, for an instance or by a fingerprint where they are given, and whether it has features. The "+
				"answer is signed.", map[string]any{"nonce": "7c1e0a52"}, slices.Concat(noSigning, endpoint.Invalid("nonce_invalid"))...),
			s.validate, func(_ *endpoint.Call, v validationView) validationView { return v }),
	}
}
