//go:build !linux

package scratch

import "syscall"

// EndWithTests is known to Linux alone. Elsewhere Ctrl-C reaches a child by itself, and kill -9 of the tests does not.
func EndWithTests() *syscall.SysProcAttr { return nil }
