// Package payment owns one payment that a gateway takes for an invoice, with its attempts.
//
//	Start ──► pending ── Answer ──► processing, requires_action or unknown ── Answer ──► succeeded or failed ── Retry ──► pending
//
// An attempt is one charge: it has a key of its own, "<payment>:<n>", by which the gateway tells a repeat from a new charge. A
// repeat for technical reasons sends the same key; after a failure the next attempt has the next one. Answers come in any
// order and any number of times; the one of the highest rank counts: succeeded over failed over requires_action over
// processing over unknown. So a failed attempt may still succeed, late, and nothing takes a success back.
//
// An open attempt has an instant at which the gateway is asked next: to charge, where it has not answered, else how the
// charge went. Unknown is a state, and ends by asking, never by charging again. One that was asked often enough is parked.
//
// After a failure somebody says whether, and when, the payment is tried again by itself: by PlanRetry, by the policy of the ledger.
//
// Invariants: the order and the number of answers do not matter; an attempt begins only when none is open.
//
// The package does not own what the money pays (domain/invoice, domain/account), nor the gateways (handlers/gateway).
package payment
