package seller

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

var tag = endpoint.Tag{Name: "Seller", Text: "Who issues the ledger's documents, how it is paid, and how the documents are numbered."}

// Routes gives the routes of the seller.
func Routes() []endpoint.Route {
	return []endpoint.Route{
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/seller", ID: "get-seller", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get the seller's profile", Versioned: true,
			Text:     "The ETag is the profile's version, which documents name as their seller.",
			Refusals: endpoint.NotFound("seller_not_found", "there is no profile yet: documents name no seller, and the defaults hold"),
		}, get),
		endpoint.Command(endpoint.Route{
			Method: http.MethodPut, Path: "/v1/seller", ID: "set-seller", Tag: tag, Roles: endpoint.RolesAdmin,
			Summary: "Set the seller's profile",
			Text: "Replaces all that was there; the same again changes nothing. A document goes on showing the profile that it was " +
				"issued with. What stands before the digits of a number is a series, whose numbers begin with 1 and have no gap, whatever " +
				"settings led to it. With yearly numbers the year follows the prefix: that of the issue in the seller's time zone.",
			Example: map[string]any{
				"legal_name": "Acme Ltd", "address": "1 High Street\nLeeds", "country": "GB", "tax_id": "GB123456789",
				"email": "billing@example.com", "bank": map[string]any{"name": "West Bank", "iban": "GB82WEST12345698765432", "bic": "WESTGB2L"},
				"terms": "Payable within 30 days.",
			},
			Refusals: endpoint.Invalid("legal_name_invalid", "address_invalid", "country_invalid", "tax_id_invalid", "registration_invalid",
				"email_invalid", "phone_invalid", "website_invalid", "bank_name_invalid", "iban_or_account", "iban_invalid", "account_invalid",
				"bic_invalid", "terms_invalid", "footer_invalid", "logo_invalid", "logo_too_large", "invoice_prefix_invalid",
				"credit_note_prefix_invalid", "time_zone_unknown"),
		}, set, view),
	}
}
