// Package stripetest is a Stripe for tests: it keeps what it is asked, as Stripe does and its own mock does not.
//
// It takes the requests of the adapter over HTTP, has idempotency keys that remember their answers, and payment methods that
// succeed, decline, take days, want the customer, do not answer, or lose the request. What customers and banks do later is done
// by its methods, and each change makes an event, which a test delivers as often and in whatever order it likes.
//
// The package is for tests alone.
package stripetest
