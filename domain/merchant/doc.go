// Package merchant owns how a ledger takes money at one gateway: which secret it asks with, and under which addresses the gateway
// tells it what happened.
//
//	SetKey ──► keyed        AddEndpoint ──► endpoints ──► RemoveEndpoint
//
// Secrets themselves are never in an event: a secret has an id here, and stands sealed elsewhere (handlers/vault). Several
// endpoints may be there at once, so that the gateway's signing secret can be changed without a gap.
//
// The package does not own what gateways are (handlers/gateway).
package merchant
