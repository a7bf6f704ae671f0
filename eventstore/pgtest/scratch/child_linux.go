package scratch

import "syscall"

// EndWithTests has the kernel kill a child when the tests end, also by kill -9.
func EndWithTests() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
