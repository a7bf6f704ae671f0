package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the linker in releases.
var version = "development"

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, versionLine())
	return err
}

// versionLine names the version and the compiler that built it.
func versionLine() string {
	goVersion := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	return fmt.Sprintf("tallystick %s (%s)", version, goVersion)
}
