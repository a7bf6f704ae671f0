package house

import (
	"fmt"
	"runtime/debug"
)

// Version is set by the linker in releases.
var Version = "development"

// VersionLine names the version and the compiler that built it.
func VersionLine() string {
	goVersion := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	return fmt.Sprintf("tallystick %s (%s)", Version, goVersion)
}
