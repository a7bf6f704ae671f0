package licenses

import (
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	tag = endpoint.Tag{
		Name: "Licenses",
		Text: "What a customer may use in installations of its own. A license has a key, by which its installations activate themselves and " +
			"fetch signed files; with a workspace it is that workspace's plan, and with a price a subscription of it.",
	}
	tagInstallation = endpoint.Tag{
		Name: "Installations",
		Text: "What an installation asks its seller, by the license key: Authorization: License <license key>. The key opens its one license " +
			"and nothing else. No Idempotency-Key is needed, since all of it is harmless to repeat. Conclusive answers are 200, 401, 403 and 404; " +
			"all else says nothing of the license.",
	}
)

// Services hold what the routes work with.
type Services struct {
	Pool *pgxpool.Pool
	// Keys sign what installations rely on: the first does, and the others did.
	Keys SigningKeys
}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("Action", endpoint.ActionsOf(license.Actions)),
	endpoint.EnumOf("LicenseCode", license.Codes),
	endpoint.EnumOf("LicenseDeadInstances", license.DeadInstancesAll),
	endpoint.EnumOf("LicenseExpiry", license.Expiries),
	endpoint.EnumOf("LicenseInstanceStatus", instanceStatuses),
	endpoint.EnumOf("LicenseKeyAlgorithm", algorithms),
	endpoint.EnumOf("LicenseStatus", license.Statuses),
}

// Routes gives the routes of licenses.
func Routes(s Services) []endpoint.Route {
	return slices.Concat(licenseRoutes(s), instanceRoutes(s), installationRoutes(s), keyRoutes(s))
}
