//go:build !linux

package dial

import "time"

// giveUpAfter leaves it to the probes where the kernel has no such setting.
func giveUpAfter(int, time.Duration) error { return nil }
