package main

import (
	"fmt"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(std house.Streams) error {
	_, err := fmt.Fprintln(std.Out, house.VersionLine())
	return err
}
