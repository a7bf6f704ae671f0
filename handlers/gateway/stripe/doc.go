// Package stripe takes money through Stripe: the port's adapter over Stripe's own client library.
//
// A workspace is a customer there, a payment method belongs to its customer, and each attempt of a payment is a PaymentIntent of
// its own, confirmed while the customer is away. Our keys are Stripe's idempotency keys. Stripe forgets those after a day and
// has no index of them, so PaymentIntents and refunds carry ours in their metadata, by which they are found again.
//
// Stripe tells unasked, by webhooks, what becomes of them. [Verify] and [Read] turn such a message into a [gateway.Notice]; what
// it says stands in the message itself.
//
// Invariants: the secret key is in no error and no log; what surely did not reach Stripe is [gateway.ErrUnreachable]; what may
// have is unknown; a charge that Stripe may have forgotten the key of is looked for before it is asked for again.
//
// The package does not own what becomes of answers and notices (handlers/process), nor where secrets are kept
// (handlers/gateway/accounts).
package stripe
