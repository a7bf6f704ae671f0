//go:build !linux

package postgres

import "syscall"

// dieWithParent does nothing, because only Linux has it. The next start ends a Postgres that was left running.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// enterNamespace does nothing, because only Linux has it. Postgres itself refuses an account that would have needed it.
func enterNamespace(_ *syscall.SysProcAttr, _, _ owner) {}
