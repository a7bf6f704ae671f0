package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// what sorts findings.
type what string

const (
	whatLeaf        what = "leaf"
	whatGap         what = "gap"
	whatGroup       what = "group"
	whatVersion     what = "version"
	whatPrivate     what = "private"
	whatOrder       what = "order"
	whatSignature   what = "signature"
	whatRoot        what = "root"
	whatConsistency what = "consistency"
	whatManifest    what = "manifest"
	whatEntry       what = "entry"
	whatTotals      what = "totals"
)

// verdict says what was verified.
type verdict struct {
	OK          bool     `json:"ok"`
	Command     string   `json:"command"`
	Ledger      string   `json:"ledger"`
	Events      int64    `json:"events"`
	First       int64    `json:"first"`
	Last        int64    `json:"last"`
	Checkpoints int      `json:"checkpoints"`
	Sealed      int64    `json:"sealed"` // the last position that a verified checkpoint covers
	Entries     int64    `json:"entries,omitzero"`
	Erased      []int64  `json:"erased"`
	Bad         *finding `json:"bad"`

	progress *progress
}

// finding is the first thing that does not hold.
type finding struct {
	Position *int64 `json:"position"`
	What     what   `json:"what"`
	Detail   string `json:"detail"`
}

// Error tells what it is.
func (f *finding) Error() string { return f.Detail }

// bad makes a finding at a position.
func bad(position int64, what what, format string, args ...any) error {
	return &finding{Position: &position, What: what, Detail: fmt.Sprintf(format, args...)}
}

// badAnywhere makes a finding that is at no position.
func badAnywhere(what what, format string, args ...any) error {
	return &finding{What: what, Detail: fmt.Sprintf(format, args...)}
}

// print writes the verdict for a program or for a person.
func (v *verdict) print(out io.Writer, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(v, json.Deterministic(true))
		if err == nil {
			_, err = fmt.Fprintf(out, "%s\n", line)
		}
		return err
	}
	var b strings.Builder
	if v.Ledger != "" {
		fmt.Fprintf(&b, "ledger       %s\n", v.Ledger)
	}
	if v.Events > 0 {
		fmt.Fprintf(&b, "events       %d, positions %d to %d\n", v.Events, v.First, v.Last)
	}
	if v.Checkpoints > 0 {
		fmt.Fprintf(&b, "checkpoints  %d, up to position %d\n", v.Checkpoints, v.Sealed)
	}
	if v.Entries > 0 {
		fmt.Fprintf(&b, "entries      %d\n", v.Entries)
	}
	if len(v.Erased) > 0 {
		fmt.Fprintf(&b, "erased       the personal data of %d events, first at position %d\n", len(v.Erased), v.Erased[0])
	}
	switch {
	case v.Bad == nil:
		fmt.Fprintln(&b, "verified")
	case v.Bad.Position == nil:
		fmt.Fprintf(&b, "NOT VERIFIED (%s): %s\n", v.Bad.What, v.Bad.Detail)
	default:
		fmt.Fprintf(&b, "NOT VERIFIED at position %d (%s): %s\n", *v.Bad.Position, v.Bad.What, v.Bad.Detail)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// progress shows a person how far a file is read.
type progress struct {
	errs io.Writer
	bar  *progressbar.ProgressBar
}

func newProgress(errs io.Writer) *progress { return &progress{errs: errs} }

// begin shows a file, where somebody looks on.
func (p *progress) begin(name string, bytes int64) {
	if file, ok := p.errs.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bar = progressbar.NewOptions64(bytes, progressbar.OptionSetWriter(p.errs), progressbar.OptionSetDescription(name),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
}

func (p *progress) add(bytes int) {
	if p.bar != nil {
		_ = p.bar.Add(bytes)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
