// Package gate lets a server ask for a feature before it serves a request: what a workspace's plan does not have is answered with
// 402 and the code feature_not_in_plan. It is for net/http; package echogate is for echo.
//
// Each request asks the server of Tallystick, which answers from memory. When it can't be asked, a feature is open or closed as
// its product says, as far as the gate has heard of it, and closed where it has not.
//
// The package knows nothing of the server beyond its client.
package gate
