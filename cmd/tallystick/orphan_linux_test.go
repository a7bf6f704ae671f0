package main

import "syscall"

// endWithTests has the kernel kill a child when the tests end, also by kill -9.
func endWithTests() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
