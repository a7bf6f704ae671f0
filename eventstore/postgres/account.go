package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// account is a user of the system that Postgres runs as.
type account struct {
	name   string // for messages
	owner         // of its files, seen from outside
	become func(*syscall.SysProcAttr)
}

// chooseAccount takes the first account that really can run Postgres in the data directory. Trying it out is the only
// check that knows of access lists, mount options and what a container forbids.
func chooseAccount(ctx context.Context, candidates []account, dir, bin string) (account, error) {
	var refusals []string
	for _, a := range candidates {
		err := a.try(ctx, bin, dir)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return account{}, err
		}
		refusals = append(refusals, err.Error())
	}
	hint := ""
	if os.Geteuid() == 0 {
		hint = "; choose a data directory that user postgres can reach"
	}
	return account{}, fmt.Errorf("postgres can't run in %s: %s%s", dir, strings.Join(refusals, "; "), hint)
}

// accounts lists the accounts that may run Postgres here, the best first. Postgres must own its data, so the owner of
// existing data comes first.
func accounts(l layout) ([]account, error) {
	self := owner{uid: os.Geteuid(), gid: os.Getegid()}
	info, err := os.Stat(l.data())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("inspect %s: %w", l.data(), err)
	}
	existing := err == nil
	switch {
	case existing && ownerOf(info).uid == self.uid:
		return asSelf(self), nil
	case existing && self.uid == 0:
		return []account{asOther(ownerOf(info))}, nil
	case existing:
		return nil, fmt.Errorf("%s belongs to user %d, and this program runs as user %d",
			l.data(), ownerOf(info).uid, self.uid)
	case self.uid == 0:
		if service, ok := serviceUser(); ok {
			return append([]account{asOther(service)}, asSelf(self)...), nil
		}
	}
	return asSelf(self), nil
}

// asSelf runs Postgres as the account of this process. Postgres refuses root, and initdb refuses an id without a name, such
// as containers give; a user namespace shows both another id.
func asSelf(self owner) []account {
	plain := account{name: userName(self.uid), owner: self, become: func(*syscall.SysProcAttr) {}}
	service, ok := serviceUser()
	if !ok {
		return []account{plain}
	}
	namespaced := account{
		name:   userName(self.uid) + " in a user namespace",
		owner:  self,
		become: func(attr *syscall.SysProcAttr) { enterNamespace(attr, service, self) },
	}
	if self.uid == 0 {
		return []account{namespaced}
	}
	if _, err := user.LookupId(strconv.Itoa(self.uid)); err != nil {
		return []account{namespaced, plain}
	}
	return []account{plain}
}

// asOther runs Postgres as another account, which only root can. The process gives up root before it becomes Postgres.
func asOther(other owner) account {
	return account{
		name:  userName(other.uid),
		owner: other,
		become: func(attr *syscall.SysProcAttr) {
			attr.Credential = &syscall.Credential{Uid: uint32(other.uid), Gid: uint32(other.gid)}
		},
	}
}

// serviceUser is an account with a name and no rights.
func serviceUser() (owner, bool) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid > 0 && gid > 0 {
			return owner{uid: uid, gid: gid}, true
		}
	}
	return owner{}, false
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "user " + u.Username
	}
	return "user " + strconv.Itoa(uid)
}

// try runs a harmless command as the account from inside the data directory.
func (a account) try(ctx context.Context, bin, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	cmd := a.command(ctx, dir, filepath.Join(bin, "postgres"), "--version")
	cmd.Dir = dir
	if _, err := run(ctx, cmd); err != nil {
		return fmt.Errorf("as %s: %w", a.name, err)
	}
	return nil
}

// command prepares a program that Postgres consists of. When ctx ends it is killed with all that it started.
func (a account) command(ctx context.Context, home, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.Env = environment(home)
	// In a session of its own it does not get the terminal's Ctrl-C, which is for this program alone: Postgres stops after
	// this program has drained its requests.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	a.become(cmd.SysProcAttr)
	dieWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// environment passes on only the variables by which a program is found and loaded. The others may hold secrets, or change
// the server as PGPORT does. Messages are in English, since errors show parts of them.
func environment(home string) []string {
	env := []string{"HOME=" + home, "LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// run returns the command's output; an error has the end of it. The command was made with the same ctx.
func run(ctx context.Context, cmd *exec.Cmd) (string, error) {
	// The child dies with the thread that forked it, so this thread must live as long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			// "signal: killed" would hide that the end of ctx killed it, and why.
			err = ctx.Err()
		}
		return out.String(), withTail(fmt.Errorf("run %s: %w", filepath.Base(cmd.Path), err), out.Bytes())
	}
	return out.String(), nil
}
