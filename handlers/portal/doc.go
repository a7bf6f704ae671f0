// Package portal owns the pages for people who have a link: on which they pay, confirm a payment, give a payment method, and look after
// their subscription.
//
// # Invariants
//
//   - a page works without scripts, loads nothing and leads nowhere else but by a link that says so
//   - a page shows what is true at that moment, and decides nothing: it issues the commands of the API
//   - a form is done once, however often it is sent; its answer leads back to the page
//   - whoever has a link can do what it is for, and nothing else; nothing about it is kept in a browser
//
// The package does not own how links are made and opened (handlers/endpoint), what a command does (handlers/command), nor gateways.
package portal
