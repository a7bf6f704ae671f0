package operations

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// jobKind tells what is due.
type jobKind string

func jobKinds() []jobKind {
	all := []jobKind{projections.DeadlineReminder, projections.DeadlineInvitation}
	for _, kind := range subscription.DeadlineKinds {
		all = append(all, jobKind(kind))
	}
	return all
}

// jobStatus tells how far a job is.
type jobStatus string

const (
	jobDue    jobStatus = "due"
	jobParked jobStatus = "parked"
	jobDone   jobStatus = "done"
)

// jobView shows something that is due and not done.
type jobView struct {
	ID     string    `json:"id" example:"subscription:acme" doc:"The stream that it is of."`
	Kind   jobKind   `json:"kind" example:"renewal"`
	Member *string   `json:"member" doc:"Whose invitation lapses; null for all else."`
	DueAt  time.Time `json:"due_at"`
	Status jobStatus `json:"status" doc:"parked waits for an operator, because it would bill more than six periods at once."`
}

// retriedView shows a job that was done because an operator said so.
type retriedView struct {
	ID     string    `json:"id"`
	Status jobStatus `json:"status"`
}

func listJobs(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[jobView], error) {
	return endpoint.PageBy(c, jobOfKey, func(after projections.Deadline, limit int) ([]projections.Job, error) {
		return projections.ListJobs(ctx, tx, c.Ledger.ID, c.Now(), after, limit)
	}, keyOfJob, viewJob)
}

func retryJob(c *endpoint.Call) command.Command[domain.Stream] {
	return command.RetryJob(c.Stream())
}

func viewRetried(stream domain.Stream) retriedView {
	return retriedView{ID: string(stream), Status: jobDone}
}

func viewJob(j projections.Job) jobView {
	shown := jobView{ID: string(j.Stream), Kind: jobKind(j.Kind), Member: endpoint.OrNull(j.Subject), DueAt: j.DueAt, Status: jobDue}
	if j.Parked {
		shown.Status = jobParked
	}
	return shown
}

// keyOfJob gives a job's place in the list. No part has a blank.
func keyOfJob(j projections.Job) string {
	return strings.Join([]string{j.DueAt.Format(time.RFC3339Nano), string(j.Stream), j.Subject}, " ")
}

// jobOfKey reads the place in the list as keyOfJob wrote it.
func jobOfKey(key string) (projections.Deadline, bool) {
	parts := strings.Split(key, " ")
	if len(parts) != 3 {
		return projections.Deadline{}, false
	}
	due, err := time.Parse(time.RFC3339Nano, parts[0])
	d := projections.Deadline{DueAt: due, Stream: domain.Stream(parts[1]), Subject: parts[2]}
	return d, err == nil && endpoint.ValidStream(parts[1]) && (d.Subject == "" || domain.ValidName(d.Subject)) && keyOfJob(projections.Job{Deadline: d}) == key
}
