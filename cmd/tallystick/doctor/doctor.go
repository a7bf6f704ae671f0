package doctor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

type Command struct {
	serve.Serving
	JSON bool `help:"Print JSON."`
}

// Grades of a finding.
const (
	GradeOK      = "ok"
	GradeWarning = "warning" // something wants to be looked at, and a server works
	GradeFailed  = "failed"
)

// Finding holds the result of a check.
type Finding struct {
	Check  string `json:"check"`
	Grade  string `json:"grade"`
	Found  string `json:"found"`
	Advice string `json:"advice"` // "" where nothing is to be done
}

func fine(found string, args ...any) Finding {
	return Finding{Grade: GradeOK, Found: fmt.Sprintf(found, args...)}
}

func warn(advice, found string, args ...any) Finding {
	return Finding{Grade: GradeWarning, Advice: advice, Found: fmt.Sprintf(found, args...)}
}

func failed(advice, found string, args ...any) Finding {
	return Finding{Grade: GradeFailed, Advice: advice, Found: fmt.Sprintf(found, args...)}
}

// unknown is the finding of a check that could not look.
func unknown(err error) Finding { return failed("", "could not look: %v", err) }

// patient holds everything that the checks look at. Those of the machine come without a database.
type patient struct {
	*serve.Serving
	report migrations.Report
	db     *pgxpool.Pool
	engine *engine.Engine
	// troubled looks once where read models are not up to date.
	troubled func() ([]engine.Report, error)
}

// check looks at one thing.
type check struct {
	name string
	look func(context.Context, *patient) Finding
}

// ofMachine lists the checks that need no database.
var ofMachine = []check{
	{"data directory", checkDataDirectory},
	{"disk", checkDisk},
	{"secret files", checkSecretFiles},
	{"certificate", checkCertificate},
	{"addresses", checkAddresses},
	{"licenses", checkLicenses},
}

// ofServer lists the checks of a database that answers.
var ofServer = []check{
	{"version", checkVersion},
	{"encoding", checkEncoding},
	{"transactions", checkTransactions},
	{"durability", checkDurability},
	{"connections", checkConnections},
	{"clock", checkClock},
	{"tables", checkTables},
}

// ofTables lists the checks of a database that has the tables of this release.
var ofTables = []check{
	{"privileges", checkPrivileges},
	{"comments", checkComments},
	{"hashes", checkHashes},
	{"ledgers", checkLedgers},
	{"keys", checkKeys},
	{"read models", checkReadModels},
	{"read models behind", checkBehind},
	{"read models filled", checkFilled},
	{"old versions", checkOlder},
	{"deadlines", checkDeadlines},
	{"leases", checkLeases},
}

func (p *patient) look(ctx context.Context, checks []check) (findings []Finding) {
	for _, check := range checks {
		found := check.look(ctx, p)
		found.Check = check.name
		findings = append(findings, found)
	}
	return findings
}

// Run prints a line for each check, and fails where one did.
func (d *Command) Run(ctx context.Context, std house.Streams) error {
	p := &patient{Serving: &d.Serving}
	findings := p.look(ctx, ofMachine)
	findings = append(findings, d.lookAtDatabase(ctx, p)...)
	err := house.PrintRows(std, d.JSON, findings, "CHECK\tGRADE\tFOUND", func(f Finding) string {
		line := fmt.Sprintf("%s\t%s\t%s", f.Check, f.Grade, f.Found)
		if f.Advice != "" {
			line += ": " + f.Advice
		}
		return line
	})
	if err != nil {
		return err
	}
	wrong := 0
	for _, f := range findings {
		if f.Grade == GradeFailed {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d checks failed", wrong, len(findings))
	}
	return nil
}

// lookAtDatabase reaches the database and does its checks.
func (d *Command) lookAtDatabase(ctx context.Context, p *patient) (findings []Finding) {
	reached := func(url string) error {
		conn, err := dial.Connect(ctx, url)
		if err != nil {
			return err
		}
		if err := conn.Close(ctx); err != nil {
			return err
		}
		findings = append(findings, Finding{Check: "database", Grade: GradeOK, Found: "it answers"})
		more, err := p.examine(ctx, url)
		findings = append(findings, more...)
		return err
	}
	err := house.AsItIs(ctx, &d.Config, reached)
	switch {
	case errors.Is(err, house.ErrNoDatabase):
		findings = append(findings, Finding{"database", GradeWarning, err.Error(), "tallystick serve makes it"})
	case err != nil:
		findings = append(findings, Finding{"database", GradeFailed, oneLine(err.Error()), "nothing more is known of it"})
	}
	return findings
}

// examine looks at a database that answers, on connections that can change nothing.
func (p *patient) examine(ctx context.Context, url string) (findings []Finding, err error) {
	if p.report, err = migrations.Inspect(ctx, url); err != nil {
		return nil, err
	}
	p.db, err = eventstore.Connect(ctx, url, eventstore.PoolOptions{
		Name: "doctor", Connections: 2, Settings: map[string]string{
			"default_transaction_read_only": "on", "statement_timeout": fmt.Sprint(p.Limit(doctorTimeout).Milliseconds()),
		},
	})
	if err != nil {
		return nil, err
	}
	defer p.db.Close()
	findings = p.look(ctx, ofServer)
	if !p.report.Exists || len(p.report.Pending) > 0 {
		return findings, nil
	}
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		return findings, err
	}
	p.engine = engine.New(engine.Options{Pool: p.db, Feed: p.db, Codec: codec, Projections: projections.All()})
	p.troubled = sync.OnceValues(func() ([]engine.Report, error) { return p.engine.Troubled(ctx) })
	return append(findings, p.look(ctx, ofTables)...), nil
}

// doctorTimeout bounds each statement, so that a look at a very large installation disturbs nobody for long.
const doctorTimeout = 10 * time.Second
