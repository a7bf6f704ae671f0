// Package licenses serves enterprise licenses: to the seller who issues them, by an API key, and to the installations that use
// them, by a license key. It signs what installations rely on.
//
// The package does not own what a file looks like (domain/licensefile), how a license is decided (domain/license), what license keys
// are (handlers/access), when instances were heard of (handlers/heartbeat) nor a workspace's plan.
package licenses
