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
	// database is made together with the cluster, empty.
	database = "tallystick"
	// superuser is a name inside the cluster, whatever the account is called that runs it.
	superuser = "postgres"
	// initializeTimeout is for a very slow disk; half a second is usual.
	initializeTimeout = 2 * time.Minute
	// unfinished is how the directory of a cluster in the making begins.
	unfinished = "postgres.init-"
)

// initialize makes the cluster unless there is one. All happens in a directory beside it that is renamed at the very
// end, so that a kill in between leaves nothing which a later start would take for a cluster.
func (c *cluster) initialize(ctx context.Context) error {
	if _, err := os.Stat(c.data()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, initializeTimeout)
	defer cancel()
	c.log.InfoContext(ctx, "creating a Postgres cluster", "directory", c.data(), "account", c.account.name)
	dir, err := c.makeUnfinished()
	if err != nil {
		return err
	}
	err = c.fill(ctx, dir)
	if err == nil {
		err = os.Rename(dir, c.data())
	}
	if err != nil {
		return errors.Join(fmt.Errorf("create a Postgres cluster: %w", err), os.RemoveAll(dir))
	}
	return syncDir(c.root)
}

// makeUnfinished gives a fresh directory, and removes what earlier attempts left. A last process of theirs may be
// writing still, so a directory that can't be removed is left to the next start.
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

func (c *cluster) fill(ctx context.Context, dir string) error {
	// Whoever can reach the socket is trusted: its directory keeps the others out. The C locale sorts by bytes, and so
	// the same on every system and in every version.
	args := []string{"-D", dir, "--auth=trust", "--username=" + superuser, "--encoding=UTF8", "--locale=C"}
	if c.settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	cmd := c.account.command(ctx, dir, filepath.Join(c.bin, "initdb"), args...)
	if _, err := run(ctx, cmd); err != nil {
		return err
	}
	return c.createDatabase(ctx, dir)
}

// createDatabase uses the single-user mode, since psql need not be installed and no driver is at hand.
func (c *cluster) createDatabase(ctx context.Context, dir string) error {
	args := []string{"--single", "-D", dir, "-c", "exit_on_error=on"}
	args = append(args, settingArgs(c.settings)...)
	cmd := c.account.command(ctx, dir, filepath.Join(c.bin, "postgres"), append(args, superuser)...)
	cmd.Stdin = strings.NewReader("CREATE DATABASE " + database + "\n" +
		"SELECT datname FROM pg_database WHERE datname = '" + database + "'\n")
	out, err := run(ctx, cmd)
	if err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	// The exit code alone would also be 0 if it had not read its input.
	if !strings.Contains(out, `datname = "`+database+`"`) {
		return withTail(fmt.Errorf("create database %s: it is not there", database), []byte(out))
	}
	return nil
}
