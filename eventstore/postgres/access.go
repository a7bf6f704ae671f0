package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// accessRules lets nobody in without a password, whatever the cluster's own pg_hba.conf says. The peer method would need
// no passwords, but it fails in user namespaces and for ids without a name.
const accessRules = `# Written by Tallystick at every start.
local all all scram-sha-256
local replication all scram-sha-256
`

func (l layout) accessFile() string   { return filepath.Join(l.root, "pg_hba.conf") }
func (l layout) passwordFile() string { return filepath.Join(l.root, "postgres.password") }

// writeAccessRules writes the rules where the account can read them.
func (c *cluster) writeAccessRules() error {
	if err := c.write(c.accessFile(), accessRules, c.account.owner); err != nil {
		return fmt.Errorf("write the access rules of Postgres: %w", err)
	}
	return nil
}

// superuserPassword reads the password, or gives "" where there is none yet.
func (l layout) superuserPassword() (string, error) {
	text, err := os.ReadFile(l.passwordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the password of Postgres's superuser: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// forgetPassword removes the password of a cluster that is gone.
func (c *cluster) forgetPassword() error {
	if err := os.Remove(c.passwordFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keepPassword writes the password down after the cluster has it: a kill in between leaves no file, and the next start sets
// another one.
func (c *cluster) keepPassword(password string) error {
	if err := c.write(c.passwordFile(), password+"\n", owner{uid: os.Geteuid(), gid: os.Getegid()}); err != nil {
		return fmt.Errorf("write the password of Postgres's superuser: %w", err)
	}
	return syncDir(c.root)
}

// write replaces a file that only its owner can read, whole or not at all.
func (c *cluster) write(path, content string, o owner) error {
	file, err := os.CreateTemp(c.root, filepath.Base(path)+"-") // it has mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err == nil {
		err = file.Chown(o.uid, o.gid)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// demandPassword gives the superuser of an existing cluster a password. Earlier releases trusted everybody who could reach
// the socket.
func (c *cluster) demandPassword(ctx context.Context) error {
	password, err := c.superuserPassword()
	if err != nil || password != "" {
		return err
	}
	c.log.InfoContext(ctx, "giving the superuser of the private Postgres a password", "file", c.passwordFile())
	password = NewPassword()
	if err := c.single(ctx, c.data(), setPassword(password)); err != nil {
		return fmt.Errorf("give Postgres's superuser a password: %w", err)
	}
	return c.keepPassword(password)
}

// setPassword makes the statement. The password needs no quoting.
func setPassword(password string) string {
	return "ALTER ROLE " + superuser + " PASSWORD '" + password + "'"
}

// NewPassword draws 256 random bits and writes them in letters and digits.
func NewPassword() string {
	var drawn [32]byte
	// Read never fails: without randomness the program ends.
	_, _ = rand.Read(drawn[:])
	return hex.EncodeToString(drawn[:])
}

// SuperuserURL returns the [Server.URL] of the server that another program runs on a data directory. It is
// empty where that one is of an earlier release and has no password yet.
func SuperuserURL(dataDir string) (string, error) {
	l, err := newLayout(dataDir)
	if err != nil {
		return "", err
	}
	password, err := l.superuserPassword()
	if err != nil || password == "" {
		return "", err
	}
	socketDir, err := l.socketDir()
	if err != nil {
		return "", err
	}
	return urlOf(socketDir, password), nil
}

// urlOf returns the URL of the database. It names the port, because a driver would otherwise take it from PGPORT.
func urlOf(socketDir, password string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(superuser, password), Path: "/" + database}
	// Drivers take a plus for itself and not for a space.
	u.RawQuery = strings.ReplaceAll(url.Values{"host": {socketDir}, "port": {port}}.Encode(), "+", "%20")
	return u.String()
}
