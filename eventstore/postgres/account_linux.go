package postgres

import "syscall"

// dieWithParent makes the kernel signal the child when the thread that forked it ends, also after kill -9.
func dieWithParent(attr *syscall.SysProcAttr, signal syscall.Signal) { attr.Pdeathsig = signal }

// enterNamespace shows the process the id "inside" while its files belong to the id "outside".
func enterNamespace(attr *syscall.SysProcAttr, inside, outside owner) {
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: inside.uid, HostID: outside.uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: inside.gid, HostID: outside.gid, Size: 1}}
}
