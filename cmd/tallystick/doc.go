// Command tallystick is the server and everything an operator does with it: one file a subcommand.
//
// It owns configuration, wiring, and the order of starting and stopping. It holds no rule of its own, and nothing imports
// it.
package main
