// Command tallystick is the server and the operator's tool. Each subcommand has a file of its name, or a package.
//
// It owns the command line. It holds no rule of its own, and nothing outside of its directory imports its packages.
package main
