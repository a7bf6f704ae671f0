// Package webhooks has the routes of webhook endpoints and of what they are sent.
//
// The package does not own which news there is (projections/webhooks) nor how it is sent (handlers/courier, handlers/process).
package webhooks
