//go:build !linux

package main

import "syscall"

// endWithTests is known to Linux alone. Elsewhere Ctrl-C reaches a child by itself, and kill -9 of the tests does not.
func endWithTests() *syscall.SysProcAttr { return nil }
