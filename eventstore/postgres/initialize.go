package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// database is made, empty, together with the cluster.
	database = "tallystick"
	// superuser is a name inside the cluster; the account that runs Postgres may have another name.
	superuser = "postgres"
	// initializeTimeout allows for a very slow disk; half a second is usual.
	initializeTimeout = 2 * time.Minute
	// unfinished begins the name of the directory of a cluster in the making.
	unfinished = "postgres.init-"
)

// initialize makes the cluster unless there is one. It works in a directory beside it and renames that at the very end, so
// that a kill in between leaves nothing that a later start would take for a cluster.
func (c *cluster) initialize(ctx context.Context) error {
	if _, err := os.Stat(c.data()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, initializeTimeout)
	defer cancel()
	c.log.InfoContext(ctx, "creating a Postgres cluster", "directory", c.data(), "account", c.account.name)
	password := NewPassword()
	dir, err := c.makeUnfinished()
	if err != nil {
		return err
	}
	err = c.fill(ctx, dir, password)
	if err == nil {
		// One that is left of another cluster would be taken for this one's.
		err = c.forgetPassword()
	}
	if err == nil {
		err = os.Rename(dir, c.data())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("create a Postgres cluster: %w", err), os.RemoveAll(dir))
	}
	return c.keepPassword(password)
}

// makeUnfinished makes a fresh directory, and removes those of earlier attempts. A process of theirs may still write, so a
// directory that can't be removed is left to the next start.
func (c *cluster) makeUnfinished() (string, error) {
	leftovers, err := filepath.Glob(filepath.Join(c.root, unfinished+"*"))
	if err == nil {
		for _, leftover := range leftovers {
			if err := os.RemoveAll(leftover); err != nil {
				c.log.Warn("an unfinished Postgres cluster can't be removed", "directory", leftover, "error", err)
			}
		}
	}
	dir, err := os.MkdirTemp(c.root, unfinished)
	if err != nil {
		return "", fmt.Errorf("create a directory for the cluster: %w", err)
	}
	if err := os.Lchown(dir, c.account.uid, c.account.gid); err != nil {
		return "", errors.Join(fmt.Errorf("give the cluster to %s: %w", c.account.name, err), os.Remove(dir))
	}
	return dir, nil
}

func (c *cluster) fill(ctx context.Context, dir, password string) error {
	// Every start names access rules of its own; those that initdb writes let nobody in. The C locale sorts by bytes, which
	// is the same on every system and in every version.
	args := []string{"-D", dir, "--auth=reject", "--username=" + superuser, "--encoding=UTF8", "--locale=C"}
	if c.settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	cmd := c.account.command(ctx, dir, filepath.Join(c.bin, "initdb"), args...)
	if _, err := run(ctx, cmd); err != nil {
		return err
	}
	if err := c.single(ctx, dir, "CREATE DATABASE "+database, setPassword(password)); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

// single runs statements in the single-user mode, since psql need not be installed and no driver is at hand. It ends at the
// first that fails.
func (c *cluster) single(ctx context.Context, dir string, statements ...string) error {
	args := []string{"--single", "-D", dir, "-c", "exit_on_error=on"}
	args = append(args, settingArgs(c.settings)...)
	cmd := c.account.command(ctx, dir, filepath.Join(c.bin, "postgres"), append(args, superuser)...)
	const last = "ran all"
	cmd.Stdin = strings.NewReader(strings.Join(statements, "\n") + "\nSELECT '" + last + "' AS statements\n")
	out, err := run(ctx, cmd)
	if err != nil {
		return err
	}
	// The exit code would also be 0 if it had not read its input.
	if !strings.Contains(out, `statements = "`+last+`"`) {
		return withTail(errors.New("postgres did not run all statements"), []byte(out))
	}
	return nil
}
