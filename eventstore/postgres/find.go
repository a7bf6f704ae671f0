package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// majorMin is the oldest Postgres that the migrations are written for.
const majorMin = 15

// versionTimeout is for a program that prints a line, on a machine that does much else.
const versionTimeout = time.Minute

// binariesVariable names a directory with initdb and postgres, before any other place.
const binariesVariable = "TALLYSTICK_PG_BIN"

// installPatterns match the directories where the packages for Debian, Red Hat, Homebrew and macOS put the binaries. On
// Debian these are not on the PATH.
var installPatterns = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// FindBinaries returns the directory of initdb and postgres: $TALLYSTICK_PG_BIN, or else the first that fits of the PATH,
// pg_config's answer and the usual places, the newest version first. Only the major version that made the data can read it,
// so major asks for that one; 0 accepts any from 15 on. The error is one line that says what to install.
func FindBinaries(ctx context.Context, major int) (dir string, err error) {
	if dir := os.Getenv(binariesVariable); dir != "" {
		dir, err := givenBinaries(ctx, dir, major)
		if err != nil {
			return "", fmt.Errorf("%s: %w", binariesVariable, err)
		}
		return dir, nil
	}
	return search(ctx, append(placesByCommand(ctx), placesByPattern(installPatterns)...), major)
}

// givenBinaries checks a directory that somebody chose. It looks for no other one when that does not fit.
func givenBinaries(ctx context.Context, dir string, major int) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locate %s: %w", dir, err)
	}
	return dir, checkBinaries(ctx, dir, major)
}

func search(ctx context.Context, places []string, major int) (dir string, err error) {
	for _, place := range places {
		if checkBinaries(ctx, place, major) == nil {
			return place, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("look for Postgres: %w", err)
	}
	if major != 0 {
		return "", fmt.Errorf("the data was made by Postgres %[1]d, whose initdb and postgres are not found: "+
			"apt-get install postgresql-%[1]d, or brew install postgresql@%[1]d, or set %[2]s to their directory",
			major, binariesVariable)
	}
	return "", fmt.Errorf("no initdb and postgres of Postgres %d or newer found: apt-get install postgresql, "+
		"or brew install postgresql@17, or set %s to their directory, or set DATABASE_URL to a running server",
		majorMin, binariesVariable)
}

// placesByCommand follows the links that a package manager left on the PATH: Postgres looks for its other files beside
// the real binary.
func placesByCommand(ctx context.Context) []string {
	var places []string
	for _, program := range []string{"initdb", "postgres"} {
		if path, err := exec.LookPath(program); err == nil {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				places = append(places, filepath.Dir(real))
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		places = append(places, strings.TrimSpace(string(out)))
	}
	return places
}

// placesByPattern lists the directories that match, the highest version first within each pattern.
func placesByPattern(patterns []string) []string {
	var places []string
	for _, pattern := range patterns {
		// The only error is a bad pattern, and these are constants.
		matches, _ := filepath.Glob(pattern)
		fixed, _, _ := strings.Cut(pattern, "*")
		version := func(match string) int { return majorIn(strings.TrimPrefix(match, fixed)) }
		slices.SortStableFunc(matches, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		places = append(places, matches...)
	}
	return places
}

var number = regexp.MustCompile(`\d+`)

// majorIn reads the first number of a text such as "15/bin" or "postgres (PostgreSQL) 15.18"; 0 when there is none.
func majorIn(text string) int {
	major, _ := strconv.Atoi(number.FindString(text))
	return major
}

// checkBinaries returns the reason why a directory does not fit, nil when it does.
func checkBinaries(ctx context.Context, dir string, major int) error {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return fmt.Errorf("no initdb: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("run postgres in %s: %w", dir, err)
	}
	found := majorIn(string(out))
	if found < majorMin {
		return fmt.Errorf("%s has Postgres %d, and %d or newer is needed", dir, found, majorMin)
	}
	if major != 0 && found != major {
		return fmt.Errorf("%s has Postgres %d, and the data was made by %d", dir, found, major)
	}
	return nil
}

// majorOf returns the major version that made the cluster, 0 when there is none yet.
func majorOf(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the data: %w", err)
	}
	return major, nil
}
