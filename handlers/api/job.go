package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// jobView is something that is due and not done.
type jobView struct {
	ID     string    `json:"id" example:"subscription:acme" doc:"The stream that it is of."`
	Kind   string    `json:"kind" example:"renewal"`
	Member *string   `json:"member" doc:"Whose invitation lapses; null for all else."`
	DueAt  time.Time `json:"due_at"`
	Status string    `json:"status" enum:"due,parked" doc:"parked waits for an operator, because it would bill more than six periods at once."`
}

// retriedView is a job that was done because an operator said so.
type retriedView struct {
	ID     string `json:"id"`
	Status string `json:"status" enum:"done"`
}

func jobRoutes() []route {
	return []route{
		queryRoute(route{
			method: http.MethodGet, path: "/v1/jobs", id: "list-jobs", tag: tagJobs, roles: roleReaders, summary: "What is due and not done yet",
			text:   "The earliest first. Nearly all of it is carried out within a second; what stays is parked, or nobody carries it out.",
			status: http.StatusOK, parameters: listParameters(),
		}, projections.Deadlines, listJobs),
		commandRoute(route{
			method: http.MethodPost, path: "/v1/jobs/{stream}/retry", id: "retry-job", tag: tagJobs, roles: roleAdmins,
			summary: "Do what is due, however late", status: http.StatusOK,
			text:     "All that is due in the stream, each deadline as of its own instant. This is how an operator allows what is parked.",
			refusals: []refusal{{http.StatusNotFound, "job_not_found", "nothing of the stream is due"}},
		}, func(c *call, _ noBody) command.Command[domain.Stream] {
			return command.RetryJob(domain.Stream(c.names[nameStream]))
		}, func(stream domain.Stream) retriedView { return retriedView{ID: string(stream), Status: "done"} }),
	}
}

func listJobs(ctx context.Context, tx pgx.Tx, c *call) (list[jobView], int64, error) {
	after, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return list[jobView]{}, 0, err
	}
	found, err := projections.ListJobs(ctx, tx, c.ledger.ID, c.now(), jobOfKey(after), c.limit()+1)
	if err != nil {
		return list[jobView]{}, 0, err
	}
	return pageOf(c.cursors(), found, c.limit(), keyOfJob, viewJob), unversioned, nil
}

func viewJob(j projections.Job) jobView {
	view := jobView{ID: string(j.Stream), Kind: j.Kind, Member: given(j.Subject), DueAt: j.DueAt, Status: "due"}
	if j.Parked {
		view.Status = "parked"
	}
	return view
}

// keyOfJob is a job's place in the list. No part has a blank.
func keyOfJob(j projections.Job) string {
	return strings.Join([]string{j.DueAt.Format(time.RFC3339Nano), string(j.Stream), j.Subject}, " ")
}

// jobOfKey is the place that a cursor of ours holds.
func jobOfKey(key string) projections.Deadline {
	at, rest, _ := strings.Cut(key, " ")
	stream, subject, _ := strings.Cut(rest, " ")
	due, _ := time.Parse(time.RFC3339Nano, at)
	return projections.Deadline{DueAt: due, Stream: domain.Stream(stream), Subject: subject}
}
