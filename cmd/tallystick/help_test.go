package main

import (
	"strings"
	"testing"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	for line, help := range map[string]string{
		"serv":                         "tallystick",
		"help serv":                    "tallystick",
		"--listen x":                   "tallystick",
		"serve --lisen x":              "tallystick serve",
		"serve --listen nowhere":       "tallystick serve",
		"serve --database-url mysql:x": "tallystick serve",
		"serve --log-level loud":       "tallystick serve",
		"version --listen x":           "tallystick version",
		"migrate --listen :1":          "tallystick migrate",
		"key":                          "tallystick key",
		"key create":                   "tallystick key create",
		"key create --role king":       "tallystick key create",
		"ledger list --log-format xml": "tallystick ledger list",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := invoke(t, strings.Fields(line)...)
			if code != exitUsage || stdout != "" || !strings.HasSuffix(stderr, "\nTry: "+help+" --help\n") {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			if _, _, code := invoke(t, append(strings.Fields(help)[1:], "--help")...); code != exitDone {
				t.Errorf("the help that it names: exit %d", code)
			}
		})
	}
	_, stderr, _ := invoke(t, "serve", "--listen", "nowhere", "--database-url", "mysql://x", "--log-level", "loud")
	for _, flag := range []string{"--listen", "--database-url", "--log-level"} {
		if !strings.Contains(stderr, flag) {
			t.Errorf("%s is not among all that is wrong:\n%s", flag, stderr)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"", "help", "--help", "-h"}, {"help serve", "serve --help", "serve -h"},
		{"help key create", "key create --help"}, {"version", "--version"},
	} {
		var first string
		for i, line := range same {
			stdout, stderr, code := invoke(t, strings.Fields(line)...)
			if i == 0 {
				first = stdout
			}
			if code != exitDone || stdout == "" || stdout != first || stderr != "" {
				t.Errorf("%q: exit %d: %s%s", line, code, stdout, stderr)
			}
		}
	}
	for line, flags := range map[string]map[string]bool{
		"help serve":          {"--listen": true, "--data-dir": true, "--json": false},
		"help migrate":        {"--listen": false, "--data-dir": true, "--own-roles": true},
		"help ledger list":    {"--listen": false, "--data-dir": true, "--json": true},
		"help projection":     {"--listen": false, "--data-dir": true},
		"help bench":          {"--listen": false, "--data-dir": false, "--only": true},
		"help version":        {"--listen": false, "--data-dir": false},
		"help":                {"--listen": false, "--data-dir": false, "--version": true},
		"projection list -h":  {"--listen": false, "--database-url": true},
		"key create --help":   {"--tls-cert": false, "--role": true},
		"key rev --help serv": nil,
	} {
		stdout, _, code := invoke(t, strings.Fields(line)...)
		if (code == exitDone) != (flags != nil) {
			t.Errorf("%q: exit %d", line, code)
		}
		for flag, listed := range flags {
			if strings.Contains(stdout, flag) != listed {
				t.Errorf("%q lists %s: %t, want %t:\n%s", line, flag, !listed, listed, stdout)
			}
		}
	}
}

// Examples keep their lines, so that they can be pasted.
func TestHelpHasExamples(t *testing.T) {
	t.Parallel()
	for line, example := range map[string]string{
		"show workspace":    "tallystick show workspace acme --ledger acme-live",
		"show subscription": "tallystick show subscription acme",
		"show invoice":      "tallystick show invoice INV-000001",
		"show stream":       "tallystick show stream subscription:acme",
		"completion":        "tallystick completion fish | source",
	} {
		stdout, _, code := invoke(t, append([]string{"help"}, strings.Fields(line)...)...)
		if code != exitDone || !strings.Contains(stdout, " "+example+"\n") {
			t.Errorf("%s: exit %d: %s", line, code, stdout)
		}
	}
}
