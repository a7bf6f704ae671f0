package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	// commitFile names the commit of a kept release.
	commitFile = "commit"
	// landedVariable leads to the program of the newest kept release. Without it the test builds the program.
	landedVariable = "TALLYSTICK_LANDED_PROGRAM"
)

type programOf func(args ...string) *exec.Cmd

// landedProgram gives the program of the newest kept release.
func landedProgram(t *testing.T) programOf {
	t.Helper()
	path := os.Getenv(landedVariable)
	if path == "" {
		path = buildLanded(t)
	}
	return func(args ...string) *exec.Cmd { return isolated(path, args...) }
}

// buildLanded builds the program from the history of the checkout, and skips the test where there is none.
func buildLanded(t *testing.T) string {
	t.Helper()
	kept := slices.Max(keptReleases(t))
	text, err := os.ReadFile(filepath.Join(releases, kept, commitFile))
	if err != nil {
		t.Fatal(err)
	}
	commit := strings.TrimSpace(string(text))
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "git", args...).Output()
		return strings.TrimSpace(string(out)), err
	}
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		t.Skipf("there is no git history to build the release %s of, commit %s: set %s", kept, commit, landedVariable)
	}
	if _, err := git("cat-file", "-e", commit+"^{commit}"); err != nil {
		if shallow, _ := git("rev-parse", "--is-shallow-repository"); shallow == "true" {
			t.Skipf("the git history is cut off before the release %s, commit %s: fetch all of it, or set %s", kept, commit, landedVariable)
		}
		t.Fatalf("the git history has no commit %s of the release %s", commit, kept)
	}
	dir := t.TempDir()
	archive := filepath.Join(dir, "source.tar")
	for _, command := range []*exec.Cmd{
		exec.CommandContext(t.Context(), "git", "-C", top, "archive", "--output", archive, commit),
		exec.CommandContext(t.Context(), "tar", "-x", "-f", archive, "-C", dir),
		exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(dir, "landed"), "./cmd/tallystick"),
	} {
		if command.Args[0] == "go" {
			command.Dir = dir
		}
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, out)
		}
	}
	return filepath.Join(dir, "landed")
}

// fleetStep puts a server that start gives in the place of each server in turn.
type fleetStep struct {
	name  string
	start func() *server
	then  func()
}

// backBehindNewEvents puts the landed release back. Where this release has a type of event that the landed one does not know,
// the load has written one, and the landed release waits.
func (f *fleet) backBehindNewEvents(landed programOf) fleetStep {
	r, _ := readRelease(f.t, slices.Max(keptReleases(f.t)))
	known := func(name string) bool { return slices.Contains(r.Types, name) }
	if !slices.ContainsFunc(eventTypes(), func(name string) bool { return !known(name) }) {
		return fleetStep{"back, with no new type of event", func() *server { return f.boot(landed) }, nil}
	}
	return fleetStep{"back behind new events", func() *server { return f.wait(landed) }, f.expectWaiting}
}

// The last landed release and this one run side by side on one database, and replace one another process by process, there
// and back and there again. Clients notice nothing while no event is of a type that the landed release does not know. Once
// there is one, the landed release put back leaves what meets it to this one, and nothing else changes.
func TestTwoReleasesAtOnce(t *testing.T) {
	t.Parallel()
	landed := landedProgram(t)
	f := newFleet(t, landed)
	f.servers = []*server{f.boot(landed), f.boot(landed)}
	f.tell(http.MethodPost, "/v1/products", `{"code":"free","name":"Free","tier":0,"free":true,"free_seats":1000000}`)
	f.tell(http.MethodPost, "/v1/products", `{"code":"team","name":"Team","tier":1}`)
	f.tell(http.MethodPost, "/v1/products/team/prices", `{"code":"month","currency":"USD","interval":"month","unit_amount":"9.00","trial_days":14}`)
	f.come("free", 3, f.live)
	stop := f.load()
	f.awaitAsked(200)
	if stdout, stderr, code := finish(t, f.command(programCommand, "projection", "prepare")); code != exitDone || stdout != "all read models are ready\n" || stderr != "" {
		t.Errorf("prepare: exit %d: %s%s", code, stdout, stderr)
	}
	stop()
	toThis := func() *server { return f.boot(programCommand) }
	for _, step := range []fleetStep{
		{"to this release", toThis, nil},
		{"back", func() *server { return f.boot(landed) }, nil},
		{"to this release again", toThis, func() {
			f.come("paid", 3, f.bill)
			stop := f.load()
			f.awaitAsked(200)
			stop()
			f.goAhead()
		}},
		f.backBehindNewEvents(landed),
		{"to this release for good", toThis, f.sendRefused},
	} {
		t.Run(step.name, func(t *testing.T) {
			stop := f.load()
			for i := range f.servers {
				f.replace(i, step.start())
				f.awaitAsked(100)
			}
			stop()
			if step.then != nil {
				step.then()
			}
			f.repeat()
			f.expectNoneStopped()
		})
	}
	t.Logf("%d requests, %d commands kept, %d sent again that waited, a read model was behind %d times",
		f.asked.Load(), len(f.told), len(f.refused), f.behind.Load())
}
