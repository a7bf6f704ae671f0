// Package paymentlink owns one link by which a person pays, once: for a subscription that begins then, or for an invoice.
//
//	Create ──► open ── Try ──► open ── Complete ──► completed
//	             │
//	             └── Expire, Cancel ──► expired, canceled
//
// What is sold, its price, the discount, the tax and the amount are those of the link's creation. Each try names the payment and the
// attempt that a gateway is asked for. Money that arrives for a try after the link expired completes it all the same; completing a
// link again changes nothing.
//
// The package does not own what the amount comes to (domain/subscription), how it is paid (domain/payment), nor how the link's
// address is made (handlers/endpoint).
package paymentlink
