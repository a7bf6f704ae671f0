// Package show shows a workspace, a subscription, an invoice, a stream or jobs in the shell, and has jobs done or stopped.
//
// It asks the API's own handlers, without a server, and owns only how answers look.
package show
