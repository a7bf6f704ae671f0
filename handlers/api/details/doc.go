// Package details serves the personal data of workspaces and of members: names, addresses and the like. The data can be
// erased, and no answer that has it is stored.
//
// The package does not own the data's rules (domain/details) nor how it is kept apart (eventstore).
package details
