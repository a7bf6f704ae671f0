// Package webhook owns the endpoints that hear what happens in a ledger: where they are, which types of news they hear, whether
// they are enabled, and what was asked to be sent to them again.
//
// There is a stream for each endpoint. An endpoint hears of events from its creation on; each of them keeps its place in the
// endpoint's sequence for ever, also while the endpoint is disabled, so that it can be sent later.
//
// The package does not own the secrets that sign (handlers/vault; an event names a secret by an id), what news an event makes
// (projections/webhooks), or the attempts to send (handlers/process).
package webhook
