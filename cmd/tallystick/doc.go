// Command tallystick is the server and the operator's tool. Each subcommand has a file of its name, or some.
//
// It owns configuration, wiring, and the order of starting and stopping. It holds no rule of its own, and no package
// imports it.
package main
