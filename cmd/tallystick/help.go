package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// helpCommand shows the help of another command. It never runs: askForHelp puts its arguments in another way.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command, such as key create. Without one the help is the program's."`
}

// askForHelp turns help as a command, and a command line without any, into the flag.
func askForHelp(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(args[1:len(args):len(args)], "--help")
	}
	return args
}

// withHelp tells where the help is that a wrong command line needs.
func withHelp(command *kong.Context, err error) error {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) {
		command = wrong.Context
	}
	words := []string{"tallystick"}
	for _, node := range chosen(command) {
		words = append(words, node.Name)
	}
	return fmt.Errorf("%w\nTry: %s --help", err, strings.Join(words, " "))
}

// chosen lists the commands that a command line leads to, such as key and create.
func chosen(command *kong.Context) (nodes []*kong.Node) {
	for _, step := range command.Path {
		if step.Command != nil {
			nodes = append(nodes, step.Command)
		}
	}
	return nodes
}
