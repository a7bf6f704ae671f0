package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tallystick/tallystick/cmd/tallystick/bench"
	"github.com/tallystick/tallystick/cmd/tallystick/demo"
	"github.com/tallystick/tallystick/cmd/tallystick/doctor"
	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
	"github.com/tallystick/tallystick/cmd/tallystick/show"
)

// Exit statuses of every subcommand.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// program holds the command line.
type program struct {
	Serve      serve.Command     `cmd:"" help:"Run the server, on a private Postgres of its own unless --database-url is given."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database to the present tables and assert its privileges."`
	Ledger     ledgerCommand     `cmd:"" help:"Make and list ledgers, and rotate their secrets."`
	Key        keyCommand        `cmd:"" help:"Make, replace, list, revoke and audit API keys."`
	Projection projectionCommand `cmd:"" help:"Look at read models, fill, rebuild and drop versions of them."`
	License    licenseCommand    `cmd:"" help:"Draw keys for license files, and look at files offline."`
	Audit      auditCommand      `cmd:"" help:"Begin a ledger's audit anew where the sealer refuses its history."`
	Doctor     doctor.Command    `cmd:"" help:"Look for what is wrong with a database and the settings of a server, and say what to do. It changes nothing."`
	Jobs       show.Jobs         `cmd:"" help:"List what is due, failed or parked, and have it done or stopped."`
	Show       show.Command      `cmd:"" help:"Look at a workspace, a subscription, an invoice or a stream."`
	Verify     verifyCommand     `cmd:"" help:"Hold a whole ledger against the rules that must be true of it."`
	Export     exportCommand     `cmd:"" help:"Write the books, the events or all that an auditor needs into files."`
	Replay     replayCommand     `cmd:"" help:"Print history in words, event by event, or what a stream was at a position or a time."`
	Demo       demo.Command      `cmd:"" help:"Fill a sandbox with a year of a small seller, and say what to look at."`
	Webhook    webhookCommand    `cmd:"" help:"Listen to a server's webhooks while a program is being written that hears them."`
	Ready      serve.Ready       `cmd:"" help:"Ask this machine's server whether it is ready, as the health check of a container does."`
	Bench      bench.Command     `cmd:"" help:"Measure this machine, each figure as a ratio to a baseline of the same run."`
	OpenAPI    openapiCommand    `cmd:"" name:"openapi" help:"Print the API's document, for programs that generate clients."`
	Completion completionCommand `cmd:"" help:"Print the script by which a shell completes commands, flags and names of ledgers."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Help       helpCommand       `cmd:"" help:"Show what a command does and takes."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	// patience is the Patience of the command that is run.
	patience time.Duration
}

// gcPercent lets the heap grow further between collections than Go's 100 does: commands leave much garbage and little live
// data.
const gcPercent = 400

func main() { start(&program{}) }

// start runs the program in this process, which ends with it.
func start(p *program) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := run(ctx, p, os.Args[1:], house.Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}

// newParser reads command lines; exit is called behind a help.
func newParser(p *program, std house.Streams, exit func(int)) (*kong.Kong, error) {
	return kong.New(p,
		kong.Name("tallystick"),
		kong.Description("An event-sourced billing ledger for products that sell seats."),
		kong.Writers(std.Out, std.Err),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{
			"listen": house.DefaultListen, "data_dir": house.DefaultDataDir, "max_connections": strconv.Itoa(house.DefaultMaxConnections),
			"query_max_lag": serve.DefaultQueryMaxLag.String(), "gateway_timeout": serve.DefaultGatewayTimeout.String(), "webhook_timeout": serve.DefaultWebhookTimeout.String(),
			"rate_limit_auth": strconv.Itoa(serve.DefaultRateLimitAuth), "audit_origin": serve.DefaultAuditOrigin,
			"version": house.VersionLine(),
		},
	)
}

// run runs the program and returns its exit status.
func run(ctx context.Context, p *program, args []string, std house.Streams) int {
	helped := false
	parser, err := newParser(p, std, func(int) { helped = true })
	if err != nil {
		return fail(std, exitFailed, err)
	}
	if completing() {
		completeLine(ctx, parser)
		return exitDone
	}
	command, err := parser.Parse(askForHelp(args))
	if helped {
		return exitDone
	}
	if err == nil {
		err = p.configure(command)
	}
	if err != nil {
		return fail(std, exitUsage, withHelp(command, err))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(std); err != nil && !errors.Is(err, context.Canceled) {
		return fail(std, exitFailed, err)
	}
	return exitDone
}

// configured commands have settings.
type configured interface {
	Settings() *house.Config
	// wrong lists all wrong settings.
	Wrong() []error
}

// configure checks the settings of the command that was chosen, and hands them to it.
func (p *program) configure(command *kong.Context) error {
	for _, node := range chosen(command) {
		if set, ok := node.Target.Addr().Interface().(configured); ok {
			set.Settings().Patience = p.patience
			command.Bind(set.Settings())
			return errors.Join(set.Wrong()...)
		}
	}
	return nil
}

func fail(std house.Streams, code int, err error) int {
	fmt.Fprintf(std.Err, "tallystick: %v\n", err)
	return code
}
