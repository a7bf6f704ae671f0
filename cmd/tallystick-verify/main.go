package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitVerified = 0
	exitBad      = 1
	exitUsage    = 2
)

// program holds the command line.
type program struct {
	Inclusion   inclusion   `cmd:"" help:"Verify that an event is in the history that a checkpoint stands for."`
	Consistency consistency `cmd:"" help:"Verify that history was only added to between two checkpoints."`
	Replay      replay      `cmd:"" help:"Verify a bundle of all events: every leaf, position, version and checkpoint."`
	Rebuild     rebuild     `cmd:"" help:"Verify a bundle, make its journal again from its events, and compare the two."`
	Journal     books       `cmd:"" help:"Verify that a journal balances, entry by entry, and comes to its manifest's totals."`
}

// common holds the flags of all commands.
type common struct {
	JSON bool `help:"Print the verdict as JSON."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run runs the program and returns its exit status.
func run(args []string, out, errs io.Writer) int {
	var p program
	helped := false
	parser, err := kong.New(&p, kong.Name("tallystick-verify"), kong.Writers(out, errs), kong.Exit(func(int) { helped = true }),
		kong.Description("Verify a Tallystick ledger's history offline."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errs, "tallystick-verify:", err)
		return exitBad
	}
	command, err := parser.Parse(args)
	if helped {
		return exitVerified
	}
	if err != nil {
		fmt.Fprintln(errs, "tallystick-verify:", err)
		return exitUsage
	}
	chosen := command.Selected().Target.Addr().Interface().(verifier)
	v := &verdict{Command: command.Selected().Name, Erased: []int64{}, progress: newProgress(errs)}
	err = chosen.verify(v)
	v.progress.end()
	if wrong, is := errors.AsType[*usageError](err); is {
		fmt.Fprintln(errs, "tallystick-verify:", wrong)
		return exitUsage
	}
	if bad, is := errors.AsType[*finding](err); is {
		v.Bad = bad
	} else if err != nil {
		v.Bad = &finding{What: whatManifest, Detail: err.Error()}
	}
	v.OK = v.Bad == nil
	if err := v.print(out, chosen.asJSON()); err != nil {
		fmt.Fprintln(errs, "tallystick-verify:", err)
		return exitBad
	}
	if !v.OK {
		return exitBad
	}
	return exitVerified
}

// verifier is a command.
type verifier interface {
	verify(v *verdict) error
	asJSON() bool
}

func (c common) asJSON() bool { return c.JSON }

// usageError tells that the program was used wrongly.
type usageError struct{ text string }

func (u *usageError) Error() string { return u.text }

func usage(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }
