package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// port is part of the socket's name. No TCP port is opened.
const port = "5432"

// socketPathMax limits the path of a unix socket to what the strictest system allows, macOS: 104 bytes with the final zero.
const socketPathMax = 103

// layout names the files and directories of one data directory.
type layout struct {
	root string // absolute and without symbolic links, so that two spellings of one directory are the same
}

func newLayout(dataDir string) (layout, error) {
	absolute, err := filepath.Abs(dataDir)
	if err != nil {
		return layout{}, fmt.Errorf("locate data directory %s: %w", dataDir, err)
	}
	root, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return layout{}, fmt.Errorf("locate data directory %s: %w", dataDir, err)
	}
	return layout{root: root}, nil
}

func (l layout) data() string     { return filepath.Join(l.root, "postgres") }
func (l layout) pidFile() string  { return filepath.Join(l.data(), "postmaster.pid") }
func (l layout) logFile() string  { return filepath.Join(l.root, "postgres.log") }
func (l layout) lockFile() string { return filepath.Join(l.root, "lock") }

// mark returns a name that only the processes of this data directory carry. It is their cluster_name, which Postgres shows
// in the command line of the postmaster and of every process below it.
func (l layout) mark() string {
	sum := sha256.Sum256([]byte(l.root))
	return "tallystick-" + hex.EncodeToString(sum[:8])
}

// socketDir returns a directory below the data directory, or in the temporary directory when that path is too long for a
// socket.
func (l layout) socketDir() (string, error) {
	for _, dir := range []string{filepath.Join(l.root, "socket"), filepath.Join(os.TempDir(), l.mark())} {
		if len(socketPath(dir)) <= socketPathMax {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no place for a socket: %s and %s are both too long", l.root, os.TempDir())
}

func socketPath(dir string) string { return filepath.Join(dir, ".s.PGSQL."+port) }

// makeDataDir creates the data directory unless it exists. Under root another account must be able to pass through it.
func makeDataDir(dir string) error {
	if dir == "" {
		return errors.New("no data directory given")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return fmt.Errorf("create data directory: %w", err)
	}
	// The umask may have taken away what the other account needs.
	if err := os.Chmod(dir, mode); err != nil {
		return fmt.Errorf("open data directory to Postgres: %w", err)
	}
	return nil
}

// makeSocketDir creates the directory of the socket. It must be a real directory, belong to the account that runs Postgres,
// and be closed to everybody else: whoever could put another socket there would be told passwords.
func makeSocketDir(dir string, a account) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create socket directory: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("inspect socket directory: %w", err)
	}
	owner := ownerOf(info)
	if !info.IsDir() || owner.uid != a.uid && owner.uid != os.Geteuid() {
		return fmt.Errorf("socket directory %s belongs to somebody else (user %d): remove it", dir, owner.uid)
	}
	if err := os.Lchown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("give socket directory to %s: %w", a.name, err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close socket directory: %w", err)
	}
	return nil
}

// owner holds the ids of the user and the group that a file belongs to.
type owner struct{ uid, gid int }

func ownerOf(info fs.FileInfo) owner {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owner{uid: -1, gid: -1}
	}
	return owner{uid: int(stat.Uid), gid: int(stat.Gid)}
}

// syncDir makes a rename in dir survive a power cut.
func syncDir(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %s to sync it: %w", dir, err)
	}
	return errors.Join(file.Sync(), file.Close())
}
