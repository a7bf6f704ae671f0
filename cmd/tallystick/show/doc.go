// Package show shows a workspace, a subscription, an invoice or a stream in the shell.
//
// It asks the API's own handlers, without a server, and owns only how answers look.
package show
