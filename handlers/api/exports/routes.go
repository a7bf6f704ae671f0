package exports

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/projections/export"
)

var tag = endpoint.Tag{
	Name: "Exports",
	Text: "Files to take away: the events, with all that proves them. An export is of a position, and the same one asked for again has the same " +
		"bytes. Its manifest says what its files hold.",
}

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("ExportFormat", export.Formats),
	endpoint.EnumOf("ExportKind", exports.Kinds()),
	endpoint.EnumOf("ExportStatus", exports.Statuses),
}

var (
	noExport = endpoint.NotFound("export_not_found", "there is no such export")
	notReady = slices.Concat(noExport,
		endpoint.Conflict("export_not_ready", "it is queued, running or failed"), endpoint.Gone("export_expired", "its files are gone"))
)

// Routes gives the routes of exports.
func Routes(s Services) []endpoint.Route {
	return []endpoint.Route{
		endpoint.SecretCommand(endpoint.Route{
			Method: http.MethodPost, Path: "/v1/exports", ID: "create-export", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Create an export", Status: http.StatusAccepted,
			Text:    "It is written by itself, also when a server dies meanwhile. Its files are kept for a week.",
			Example: map[string]any{"kind": "events", "format": "ndjson"},
			Refusals: slices.Concat(endpoint.Unprocessable("format_not_available", "the kind has other formats"), endpoint.RefusalsAsOf,
				endpoint.Invalid("kind_invalid", "as_of_invalid", "from_invalid", "to_invalid", "date_invalid")),
		}, s.create, viewCreated),
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/exports", ID: "list-exports", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "List exports", Text: "The newest first.", Parameters: endpoint.ListParameters(),
		}, list),
		endpoint.LogQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/exports/{export}", ID: "get-export", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get an export", Refusals: noExport,
		}, get),
		endpoint.FileQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/exports/{export}/files/{file}", ID: "get-export-file", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get a file of an export", AnswerAs: "application/octet-stream", Recorded: endpoint.RecordsAll,
			Text:     "With Range only a part of it, so that a download can go on; the ETag is of the content.",
			Refusals: slices.Concat(notReady, endpoint.NotFound("export_file_not_found", "it has no such file")),
		}, s.openFile),
		endpoint.FileQuery(endpoint.Route{
			Method: http.MethodGet, Path: "/v1/exports/{export}/manifest", ID: "get-export-manifest", Tag: tag, Roles: endpoint.RolesReading,
			Summary: "Get the manifest of an export", AnswerAs: "application/json", Recorded: endpoint.RecordsAll,
			Text:     "As RFC 8785 has it: what the export is of, its files with their hashes, and the sums of its debits and credits.",
			Refusals: notReady,
		}, s.openManifest),
	}
}
