//go:build !linux

package postgres

import "syscall"

// dieWithParent is known to Linux alone. Elsewhere the next start makes a Postgres leave that was left running.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// enterNamespace is known to Linux alone. Elsewhere Postgres itself refuses an account that would have needed it.
func enterNamespace(_ *syscall.SysProcAttr, _, _ owner) {}
