package operations

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/projections"
)

// kindExport is the kind of exports that are not written yet. They have no stream; "export:ID" stands for one.
const kindExport = "export"

func streamOfExport(id string) domain.Stream { return domain.NewStream(kindExport, id) }

// ofExport reports whether a job's id can name an export.
func ofExport(id endpoint.Job) bool {
	return id.Stream.Type() == kindExport && (id.Kind == "" || id.Kind == kindExport) && id.Subject == ""
}

// listExports lists the exports that are not complete from behind a place in the list of jobs. They are of no workspace.
func listExports(ctx context.Context, tx pgx.Tx, c *endpoint.Call, after projections.Deadline) (shown []jobView, err error) {
	if kind := c.Parameter("kind"); kind != "" && kind != kindExport || c.Parameter("workspace") != "" {
		return nil, nil
	}
	undone, err := exports.Undone(ctx, tx, c.Ledger.ID)
	for _, j := range undone {
		v := viewExport(j)
		behind := cmp.Or(v.DueAt.Compare(after.DueAt), cmp.Compare(*v.Stream, string(after.Stream))) > 0
		if status := jobStatus(c.Parameter("status")); behind && (status == "" || v.Status == status) {
			shown = append(shown, v)
		}
	}
	return shown, err
}

// viewExport shows an export. One that failed for good waits for a person.
func viewExport(j exports.Job) jobView {
	id := endpoint.Job{Kind: kindExport, Stream: streamOfExport(j.ID)}
	shown := jobView{ID: id.ID(), Kind: kindExport, Stream: new(string(id.Stream)), DueAt: j.CreatedAt.UTC(), Status: jobDue, Attempts: j.Attempts}
	if j.Code != "" {
		shown.LastError = &jobErrorView{Code: j.Code, Detail: j.Detail}
	}
	switch {
	case j.Status == exports.StatusFailed:
		shown.Status = jobParked
	case j.NextAt != nil:
		shown.Status, shown.NextAt = jobFailed, new(j.NextAt.UTC())
	case j.Status == exports.StatusRunning:
		shown.Status = jobRunning
	}
	return shown
}

// retryExport has an export tried again at once, and gives how it stands then. One that is being written goes on.
func (s jobs) retryExport(c *endpoint.Call) (*jobView, error) {
	id := c.Job().Stream.Entity()
	shown, err := endpoint.Read(c, projections.Deadlines, func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (jobView, error) {
		undone, err := exports.Undone(ctx, tx, c.Ledger.ID)
		for _, j := range undone {
			if j.ID == id {
				return viewExport(j), err
			}
		}
		if err == nil {
			err = errNoJob
		}
		return jobView{}, err
	})
	if err != nil || c.DryRun() || shown.Status == jobRunning {
		return &shown, err
	}
	again, err := s.exports.Retry(c.Context(), c.Ledger.ID, id)
	if shown.Status = jobDue; !again {
		shown.Status = jobRunning
	}
	return &shown, err
}

// onNothing is a command that writes no event.
func onNothing(shown retriedView) command.Command[retriedView] {
	return command.Command[retriedView]{
		Resource: job.Stream(), Reads: []domain.Stream{job.Stream()},
		Decide: func(*eventstore.Decision) (retriedView, error) { return shown, nil },
	}
}
