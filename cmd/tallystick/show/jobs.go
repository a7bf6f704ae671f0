package show

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// Jobs looks after what is not done.
type Jobs struct {
	house.Config

	List  jobsList  `cmd:"" help:"List what is due, failed or parked, the earliest first."`
	Retry jobsRetry `cmd:"" help:"Do what is due in a job's stream, however late, also what is parked. What asks a gateway is left to the server."`
	Park  jobsPark  `cmd:"" help:"Stop a job until it is retried."`
}

// onJobs holds what all commands on jobs take.
type onJobs struct {
	Ledger string `help:"The ledger whose jobs they are." default:"default" predictor:"ledger"`
	JSON   bool   `help:"Print JSON."`
}

func (o onJobs) showing() showing { return showing(o) }

// jobArgument names a job.
type jobArgument struct {
	ID string `arg:"" help:"The job's id, such as renewal~subscription:acme, or a stream alone."`
}

// Validate refuses what can't be the id of a job.
func (j jobArgument) Validate() error {
	if _, ok := endpoint.ParseJob(j.ID); j.ID != "" && !ok {
		return fmt.Errorf("%q is no job: its id is kind~stream, or kind~stream~member, such as renewal~subscription:acme", j.ID)
	}
	return nil
}

type jobsList struct {
	onJobs

	Kind      string `help:"Only those of this kind, such as renewal."`
	Status    string `help:"Only those that are due, running, failed or parked."`
	Workspace string `help:"Only those of this workspace."`
}

// listedStatuses are those that jobs have that are not done.
var listedStatuses = []string{"due", "running", "failed", "parked"}

// Validate refuses what no job can be.
func (l jobsList) Validate() error {
	if l.Status != "" && !slices.Contains(listedStatuses, l.Status) {
		return fmt.Errorf("%q is no status: it is one of %s", l.Status, strings.Join(listedStatuses, ", "))
	}
	return nil
}

// Help shows an example.
func (jobsList) Help() string {
	return "Examples:\n\n    tallystick jobs list --status parked\n    tallystick jobs list --json | jq '.data[].id'"
}

// jobsListed has the API's views of jobs.
type jobsListed struct {
	Data []client.Job `json:"data"`
}

// Run lists the jobs.
func (l jobsList) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withDesk(ctx, c, std, l.showing(), func(d *desk) error {
		listed, err := all(func(cursor string) ([]client.Job, client.Page, error) {
			page, err := d.ListJobs(ctx, nil, with("kind", l.Kind, "status", l.Status, "workspace", l.Workspace, "limit", pageMost, "cursor", cursor))
			if err != nil {
				return nil, client.Page{}, err
			}
			return page.JSON.Data, page.JSON.Page, nil
		})
		if err != nil {
			return err
		}
		if l.JSON {
			return house.PrintJSON(std, jobsListed{listed})
		}
		return house.PrintRows(std, false, listed, "ID\tSTATUS\tDUE\tATTEMPTS\tNEXT\tERROR", printJob)
	})
}

func printJob(j client.Job) string {
	met := "-"
	if j.LastError != nil {
		met = inCell(j.LastError.Code + ": " + j.LastError.Detail)
	}
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%s", j.ID, j.Status, j.DueAt.UTC().Format(time.RFC3339), j.Attempts, house.PrintTime(j.NextAt), met)
}

type jobsRetry struct {
	jobArgument
	onJobs
}

// Run has the job done.
func (r jobsRetry) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withHands(ctx, c, std, r.showing(), func(d *desk) error {
		done, err := d.RetryJob(ctx, r.ID, &client.RetryJobParams{IdempotencyKey: endpoint.NewID()})
		if err != nil {
			return err
		}
		return r.tell(std, done.JSON)
	})
}

type jobsPark struct {
	jobArgument
	onJobs

	Reason string `help:"Why, for whoever finds it parked." default:"an operator stopped it"`
}

// Run stops the job.
func (p jobsPark) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withHands(ctx, c, std, p.showing(), func(d *desk) error {
		done, err := d.ParkJob(ctx, p.ID, &client.ParkJobParams{IdempotencyKey: endpoint.NewID()}, client.ParkJobBody{Reason: p.Reason})
		if err != nil {
			return err
		}
		return p.tell(std, done.JSON)
	})
}

// tell prints what became of a job.
func (o onJobs) tell(std house.Streams, done *client.Retried) error {
	if o.JSON {
		return house.PrintJSON(std, done)
	}
	_, err := fmt.Fprintf(std.Out, "%s is %s\n", done.ID, done.Status)
	return err
}
