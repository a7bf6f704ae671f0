package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the linker in releases.
var version = "development"

type versionCommand struct{}

// Run prints the version and the compiler that built it.
func (versionCommand) Run(std streams) error {
	goVersion := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	fmt.Fprintf(std.out, "tallystick %s (%s)\n", version, goVersion)
	return nil
}
