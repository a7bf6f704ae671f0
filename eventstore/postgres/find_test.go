package postgres

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissingBinaries(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	_, err := search(t.Context(), []string{filepath.Join(empty, "none"), empty}, 0)
	want := "no initdb and postgres of Postgres 15 or newer found: apt-get install postgresql, " +
		"or brew install postgresql@17, or set TALLYSTICK_PG_BIN to their directory, or set DATABASE_URL to a running server"
	if err == nil || err.Error() != want {
		t.Errorf("error %v", err)
	}
	_, err = search(t.Context(), []string{fakeVersion(t, "17.2")}, 16)
	if err == nil || !strings.Contains(err.Error(), "made by Postgres 16") ||
		!strings.Contains(err.Error(), "apt-get install postgresql-16") {
		t.Errorf("error %v", err)
	}
}

func TestFirstFittingBinaries(t *testing.T) {
	t.Parallel()
	old, current, next := fakeVersion(t, "14.9"), fakeVersion(t, "15.18 (Debian 15.18-0+deb12u1)"), fakeVersion(t, "17beta1")
	places := []string{t.TempDir(), old, next, current}
	for major, want := range map[int]string{0: next, 15: current, 17: next} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			if dir, err := search(t.Context(), places, major); err != nil || dir != want {
				t.Errorf("found %s, %v", dir, err)
			}
		})
	}
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	var want []string
	for _, version := range []string{"17", "16", "9.6", "latest"} {
		dir := filepath.Join(root, version, "bin")
		makeDir(t, dir)
		want = append(want, dir)
	}
	if got := placesByPattern([]string{filepath.Join(root, "*/bin")}); !slices.Equal(got, want) {
		t.Errorf("found %v", got)
	}
}

// No other place is tried when somebody has chosen one.
func TestChosenBinaries(t *testing.T) {
	t.Setenv(binariesVariable, t.TempDir())
	if _, err := FindBinaries(t.Context(), 0); err == nil || !strings.Contains(err.Error(), binariesVariable) {
		t.Errorf("error %v", err)
	}
	chosen := fakeVersion(t, "16.1")
	t.Setenv(binariesVariable, chosen)
	if dir, err := FindBinaries(t.Context(), 0); err != nil || dir != chosen {
		t.Errorf("found %s, %v", dir, err)
	}
	if _, err := FindBinaries(t.Context(), 15); err == nil || !strings.Contains(err.Error(), "the data was made by 15") {
		t.Errorf("error %v", err)
	}
}

func TestBinariesOfThisMachine(t *testing.T) {
	t.Parallel()
	dir, err := FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err != nil || filepath.Dir(real) != dir {
		t.Errorf("%s has a link to %s, %v", dir, real, err)
	}
}

func fakeVersion(t *testing.T, version string) string {
	t.Helper()
	return fakeBinaries(t, `echo "postgres (PostgreSQL) `+version+`"`)
}
