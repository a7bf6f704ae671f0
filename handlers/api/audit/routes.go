package audit

import (
	"net/http"

	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	typeText  = "text/plain"
	typeBytes = "application/octet-stream"
)

// Enums names the enumerations of the document.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("SealingState", States),
	endpoint.EnumOf("OutsideKind", sealer.OutsideKinds),
}

var (
	noCheckpoint = endpoint.NotFound("checkpoint_not_found", "there is no such checkpoint")
	noTile       = endpoint.NotFound("tile_not_found", "the log has no such tile")
	wrongSizes   = endpoint.Unprocessable("sizes_invalid", "they are no sizes of published checkpoints, or in the wrong order")
)

// Routes gives the routes of the sealed log, under a tag of others.
func Routes(l Log, tag endpoint.Tag) []endpoint.Route {
	const path = "/v1/audit/"
	read := func(route endpoint.Route) endpoint.Route {
		route.Method, route.Path, route.Tag, route.Roles = http.MethodGet, path+route.Path, tag, endpoint.RolesReading
		return route
	}
	return []endpoint.Route{
		endpoint.TailBytes(read(endpoint.Route{
			Path: "checkpoint", ID: "get-checkpoint", Summary: "Get the newest checkpoint", AnswerAs: typeText, Refusals: noCheckpoint,
			Text: "A signed note by c2sp.org/tlog-checkpoint: what the Merkle tree over all events was when it had so many. Keep it where the " +
				"ledger's operator can't change it: it proves later that nothing was changed.",
		}), l.newest),
		endpoint.LogQuery(read(endpoint.Route{
			Path: "checkpoints", ID: "list-checkpoints", Summary: "List all checkpoints", Text: "The smallest first.",
			Parameters: endpoint.ListParameters(endpoint.IntegerParameter("after", "Only those of more events than this.")),
		}), l.list),
		endpoint.TailBytes(read(endpoint.Route{
			Path: "checkpoints/{size}", ID: "get-checkpoint-of-size", Summary: "Get a checkpoint that was published before", AnswerAs: typeText,
			Refusals: noCheckpoint,
		}), l.ofSize),
		endpoint.TailBytes(read(endpoint.Route{
			Path: "key", ID: "get-audit-key", Summary: "Get the key that verifies checkpoints", AnswerAs: typeText, Refusals: noCheckpoint,
			Text: "In the form of c2sp.org/signed-note, one a line while keys are replaced. Compare it with what the operator told you.",
		}), l.key),
		endpoint.LogQuery(read(endpoint.Route{
			Path: "status", ID: "get-audit-status", Summary: "Get how far the ledger is sealed",
		}), l.status),
		endpoint.LogQuery(read(endpoint.Route{
			Path: "access", ID: "list-access", Summary: "List who read exports, proofs and personal data", Parameters: accessParameters,
			Text: "The earliest first: files of exports, proofs, private parts of events, details, and documents that show details, by the API, by " +
				"links and by the program's commands. An access is kept before it is answered, also one that is refused to a key. It is in no event.",
		}), listAccess),
		endpoint.TailQueryOr(read(endpoint.Route{
			Path: "proofs/{position}", ID: "prove-event", Summary: "Prove that an event is in the history", AnswerAs: typeText, Recorded: endpoint.RecordsAll,
			Text:       "With Accept: text/plain a proof by c2sp.org/tlog-proof. It waits up to 2 seconds for the checkpoint that covers a new event.",
			Parameters: []endpoint.Parameter{endpoint.IntegerParameter("size", "Of the checkpoint to prove it by. The newest one when it is not given.")},
			Refusals: append(append(endpoint.NotFound("event_not_found", "the ledger has no event at this position"), wrongSizes...),
				endpoint.Unavailable("not_sealed_yet", "no checkpoint covers the event yet")...),
		}), l.prove, func(p proofView) []byte { return []byte(p.proof) }),
		endpoint.TailQuery(read(endpoint.Route{
			Path: "consistency", ID: "prove-consistency", Summary: "Prove that history was only added to", Recorded: endpoint.RecordsAll,
			Text:       "Between two published checkpoints.",
			Parameters: []endpoint.Parameter{sizeParameter("from", "Of the smaller checkpoint."), sizeParameter("to", "Of the larger checkpoint.")},
			Refusals:   wrongSizes,
		}), l.consistency),
		endpoint.TailBytes(read(endpoint.Route{
			Path: "tile/{level}/{tile}", ID: "get-tile", Summary: "Get hashes of the Merkle tree, or entries", AnswerAs: typeBytes, Immutable: true,
			Text: "By c2sp.org/tlog-tiles: tile/0/000 has the hashes of leaves, tile/1/000 those of full tiles, tile/entries/000 what is hashed to " +
				"leaves. A tile that is not full yet is asked for with its width, such as 000.p/17.",
			Refusals: noTile,
		}), l.tile),
	}
}

// sizeParameter takes the size of a checkpoint, which must be given.
func sizeParameter(name, text string) endpoint.Parameter {
	p := endpoint.IntegerParameter(name, text)
	p.Example, p.Must = "1", "the size of a checkpoint"
	return p
}
