package engine

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// report finds the report of one version on the bench's ledger.
func (p *process) report(name string, number int) Report {
	p.b.T.Helper()
	reports, err := p.Report(p.b.Ctx, p.b.Ledger.ID)
	if err != nil {
		p.b.T.Fatal(err)
	}
	for _, r := range reports {
		if r.Projection == name && r.Version == number {
			return r
		}
	}
	return Report{}
}

// reports describes every version for the messages of failed tests.
func (p *process) reports() string {
	reports, err := p.Report(p.b.Ctx, uuid.Nil)
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&text, "%s %s@%d at %d of %d: %s %s\n", r.Ledger, r.Projection, r.Version, r.Position, r.Tail, r.Status, r.Error)
	}
	return text.String()
}

// reportsFailing describes every version in which something failed.
func (p *process) reportsFailing() string {
	reports, err := p.Report(p.b.Ctx, uuid.Nil)
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	for _, r := range reports {
		if r.Error != "" {
			fmt.Fprintf(&text, "%s@%d at %d of %d: %s %s\n", r.Projection, r.Version, r.Position, r.Tail, r.Status, r.Error)
		}
	}
	return text.String()
}
