package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// completed lists what a shell offers behind a line, by a script that has the shell complete its first argument.
func completed(t *testing.T, shell, script, line string, env ...string) []string {
	t.Helper()
	printed, stderr, code := invoke(t, "completion", shell)
	if code != exitDone || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	command := isolated(shell, "-c", settings[shell]+printed+script, shell, line)
	command.Env = append(command.Env, actAsProgram+"=1")
	command.Env = append(command.Env, env...)
	stdout, stderr, code := finish(t, command)
	if code != 0 {
		t.Fatalf("%s: exit %d: %s%s", line, code, stdout, stderr)
	}
	return strings.Fields(stdout)
}

// settings holds what a person has in the shell's file before the program's script.
var settings = map[string]string{"zsh": "autoload -U compinit && compinit -D -u\n"}

// askBash does what bash does at the tabulator: it runs the command that complete -p names, with the line in COMP_LINE.
const askBash = `
spec=$(complete -p tallystick) command=${spec##*-C } command=${command% tallystick}
eval "command=$command"
COMP_LINE=$1 COMP_POINT=${#1} eval "$command" tallystick '""' '""'
`

// completions are lines and what is among that which they are completed to, and what is not.
var completions = []struct {
	line        string
	has, hasNot []string
}{
	{"tallystick ", []string{"serve", "show", "ledger", "completion"}, []string{"--listen"}},
	{"tallystick s", []string{"serve", "show"}, []string{"ledger"}},
	{"tallystick show ", []string{"workspace", "subscription", "invoice", "stream"}, nil},
	{"tallystick show workspace acme --l", []string{"--ledger", "--log-level"}, []string{"--json"}},
	{"tallystick key create --role ", []string{"client", "finance", "auditor", "admin"}, nil},
	{"tallystick completion ", []string{"bash", "zsh", "fish"}, nil},
	{"tallystick serve --log-level ", []string{"debug", "info", "warn", "error"}, []string{"--listen"}},
	{"tallystick serve --log-format ", []string{"auto", "text", "json"}, nil},
	{"tallystick projection rebuild ", []string{"seats", "usage"}, nil},
	{"tallystick show stream sub", []string{"subscription:"}, []string{"seating:"}},
	{"tallystick serve --tls", []string{"--tls-cert", "--tls-key"}, []string{"--listen"}},
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	checkCompletions(t, "bash", askBash)
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	needs(t, "fish")
	// fish has no $1, and offers each with a description behind a tabulator.
	checkCompletions(t, "fish", "\ncomplete -C $argv[2]\n")
}

func checkCompletions(t *testing.T, shell, script string) {
	for _, c := range completions {
		t.Run(c.line, func(t *testing.T) {
			t.Parallel()
			offered := completed(t, shell, script, c.line)
			for _, word := range c.has {
				if !slices.Contains(offered, word) {
					t.Errorf("%s is not among %q", word, offered)
				}
			}
			for _, word := range c.hasNot {
				if slices.Contains(offered, word) {
					t.Errorf("%s is among %q", word, offered)
				}
			}
		})
	}
}

// zsh completes at a prompt alone, so here it only takes the script in, and says what it knows then.
func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	needs(t, "zsh")
	known := completed(t, "zsh", "\nprint -r -- $_comps[tallystick]\n", "")
	if !slices.Contains(known, "_bash_complete") || !slices.Contains(known, "-C") {
		t.Errorf("zsh knows %q", known)
	}
}

// The names of ledgers come from a database that runs. Without one there are none, and none is started.
func TestCompletionNamesLedgers(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	if _, stderr, code := invoke(t, "ledger", "create", "acme-live", "--live", "--data-dir", s.dir); code != exitDone {
		t.Fatal(stderr)
	}
	for _, line := range []string{"tallystick ledger adopt ", "tallystick show invoice INV-1 --ledger "} {
		offered := completed(t, "bash", askBash, line, "TALLYSTICK_DATA_DIR="+s.dir)
		slices.Sort(offered)
		if !slices.Equal(offered, []string{"acme-live", "default"}) {
			t.Errorf("%s: %q", line, offered)
		}
	}
	if offered := completed(t, "bash", askBash, "tallystick show invoice --data-dir "+s.dir+" --ledger a"); !slices.Equal(offered, []string{"acme-live"}) {
		t.Errorf("by --data-dir: %q", offered)
	}
	if offered := completed(t, "bash", askBash, "tallystick projection drop s", "TALLYSTICK_DATA_DIR="+s.dir); !slices.Equal(offered, []string{"seats@1", "subscriptions@1"}) {
		t.Errorf("versions: %q", offered)
	}
	empty := filepath.Join(t.TempDir(), "data")
	if offered := completed(t, "bash", askBash, "tallystick ledger adopt ", "TALLYSTICK_DATA_DIR="+empty); len(offered) > 0 || house.Exists(empty) {
		t.Errorf("without a database: %q", offered)
	}
}

// needs skips a test on a machine without a program that the run on a clean machine installs.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("no %s on this machine", program)
	}
}
