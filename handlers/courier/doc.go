// Package courier carries news to webhook endpoints: it writes the body, signs it as Standard Webhooks says, and sends it.
//
// Nothing that an endpoint's URL says leads into a private network. An address is judged when it is dialed, so that neither a
// name's answer that changes nor a form of writing an address gets past it; redirects are failures and never followed. What an
// endpoint answers is read no further than it takes to use the connection again, and never shown.
//
// The package does not own who is sent what (projections/webhooks), nor when (handlers/process).
package courier
