// Package accounts keeps what belongs to a ledger's accounts at gateways: the secret keys, the signing secrets of endpoints, and
// the messages that gateways sent.
//
// Which secrets hold is told by the stream of domain/merchant; the secrets themselves stand sealed in handlers/vault, under ids
// that follow from the ledger's own secret and from what they are, so that a repeated request keeps nothing twice.
//
// A message is kept as it came before anything becomes of it, and never changed or removed. Later ones with the same id are
// duplicates. One that nothing is known of yet waits, under the gateway's name for the charge, until that name is known.
//
// The package does not own what becomes of messages (handlers/process).
package accounts
