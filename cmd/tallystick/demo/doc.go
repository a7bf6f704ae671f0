// Package demo tells a year of a small seller to a sandbox, through the API and the sandbox's clock as any client would.
//
// It owns the stories, the ledger and the server that they are told to, and the hints at what to look at afterwards. It has
// no rule of its own.
package demo
