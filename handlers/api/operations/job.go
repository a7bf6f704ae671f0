package operations

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections"
)

// jobKind tells what is due.
type jobKind string

func jobKinds() []jobKind {
	all := []jobKind{
		projections.DeadlineReminder, projections.DeadlineInvitation, payment.DeadlineCharge, payment.DeadlineAsk, refund.DeadlineRefund, projections.DeadlineLink, billingsync.Deadline,
		projections.DeadlineLicense, bookkeeping.Deadline, installation.DeadlineSync,
	}
	for _, kind := range subscription.DeadlineKinds {
		all = append(all, jobKind(kind))
	}
	return all
}

// jobStatus tells how far a job is.
type jobStatus string

const (
	jobDue     jobStatus = "due"
	jobRunning jobStatus = "running"
	jobFailed  jobStatus = "failed"
	jobParked  jobStatus = "parked"
	jobDone    jobStatus = "done"
)

var listedStatuses = []jobStatus{jobDue, jobRunning, jobFailed, jobParked}

// jobView shows something that is not done.
type jobView struct {
	ID        string        `json:"id" example:"renewal~subscription:acme" doc:"kind~stream, and ~member for an invitation, ~invoice for a reminder of one that is overdue."`
	Kind      jobKind       `json:"kind" example:"renewal"`
	Stream    *string       `json:"stream" example:"subscription:acme"`
	Workspace *string       `json:"workspace"`
	Member    *string       `json:"member" doc:"Whose invitation lapses; null for all else."`
	DueAt     time.Time     `json:"due_at"`
	Status    jobStatus     `json:"status" doc:"failed goes on by itself at next_at; parked waits for a person, who stopped it, or because nobody else can tell, or because it would bill more than six periods at once."`
	Attempts  int           `json:"attempts" doc:"In vain."`
	LastError *jobErrorView `json:"last_error"`
	NextAt    *time.Time    `json:"next_at" doc:"When it is tried again."`
}

type jobErrorView struct {
	Code   string `json:"code" example:"gateway_unreachable"`
	Detail string `json:"detail"`
}

// parkBody is the body of POST /v1/jobs/{job}/park.
type parkBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
}

// retriedView shows what became of a job that a person has to do with.
type retriedView struct {
	ID     string    `json:"id"`
	Status jobStatus `json:"status"`
}

// details say in words why something was tried in vain.
var details = map[string]string{
	"gateway_unreachable":     "the gateway can't be reached, and is asked with the same key later",
	"no_answer":               "the gateway does not tell how it went",
	"not_received":            "the gateway never got it",
	"gateway_without_refunds": "the gateway can't send money back",
	"differences_found":       "gateways know something otherwise than the ledger: POST /v1/billing-sync lists it",
}

// listJobs lists jobs with what this process knows of them. Only it knows what runs, so that statuses are chosen from here.
func listJobs(deadlines *process.Deadlines) endpoint.Reading[endpoint.List[jobView]] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[jobView], error) {
		filter := projections.JobFilter{Kind: c.Parameter("kind"), Workspace: c.Parameter("workspace")}
		status := jobStatus(c.Parameter("status"))
		view := func(j projections.Job) jobView { return viewJob(deadlines, c, j) }
		return endpoint.PageBy(c, jobOfKey, func(after projections.Deadline, limit int) (listed []projections.Job, _ error) {
			for {
				more, err := projections.ListJobs(ctx, tx, c.Ledger.ID, c.Now(), filter, after, limit)
				if err != nil {
					return nil, err
				}
				last := len(more) < limit
				if !last {
					after = more[limit-1].Deadline
				}
				listed = append(listed, slices.DeleteFunc(more, func(j projections.Job) bool { return status != "" && view(j).Status != status })...)
				if last || len(listed) >= limit {
					return listed[:min(len(listed), limit)], nil
				}
			}
		}, keyOfJob, view)
	}
}

func retryJob(deadlines *process.Deadlines) func(*endpoint.Call) command.Command[command.Retried] {
	return func(c *endpoint.Call) command.Command[command.Retried] {
		if deadlines != nil {
			deadlines.Recall(c.Ledger.ID, projections.Deadline{Stream: c.Job().Stream})
		}
		return command.RetryJob(c.Job().Stream)
	}
}

func viewRetried(r command.Retried) retriedView {
	shown := retriedView{ID: string(r.Stream), Status: jobDue}
	if r.Done {
		shown.Status = jobDone
	}
	return shown
}

// findJob finds the first job that an id names.
func findJob(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.Job, error) {
	id := c.Job()
	found, err := projections.ListJobs(ctx, tx, c.Ledger.ID, c.Now(), projections.JobFilter{
		Kind: id.Kind, Stream: string(id.Stream), Subject: id.Subject,
	}, projections.Deadline{}, 1)
	if err != nil {
		return projections.Job{}, err
	}
	if len(found) == 0 {
		return projections.Job{}, domain.NotFound("job_not_found", "there is no such job")
	}
	return found[0], nil
}

func parkJob(deadlines *process.Deadlines) func(*endpoint.Call, parkBody, projections.Job) command.Command[job.Deadline] {
	return func(c *endpoint.Call, b parkBody, found projections.Job) command.Command[job.Deadline] {
		if shown := viewJob(deadlines, c, found); shown.Status == jobRunning {
			return command.Refuse[job.Deadline](job.Stream(), domain.Conflict("job_running", "it is being done"))
		}
		due := found.DueAt
		if found.Runs != nil {
			due = *found.Runs
		}
		return command.ParkJob(job.Park{
			Deadline: job.Deadline{Kind: found.Kind, Stream: found.Stream, Subject: found.Subject, DueAt: due}, Reason: b.Reason,
		})
	}
}

func viewParked(d job.Deadline) retriedView {
	return retriedView{ID: endpoint.Job{Kind: d.Kind, Stream: d.Stream, Subject: d.Subject}.ID(), Status: jobParked}
}

func viewJob(deadlines *process.Deadlines, c *endpoint.Call, j projections.Job) jobView {
	shown := jobView{
		ID: endpoint.Job{Kind: j.Kind, Stream: j.Stream, Subject: j.Subject}.ID(), Kind: jobKind(j.Kind), Stream: endpoint.OrNull(string(j.Stream)),
		Workspace: endpoint.OrNull(j.Workspace), DueAt: j.DueAt, Status: jobDue, Attempts: j.Attempts, NextAt: j.NextAt,
	}
	if j.Kind == projections.DeadlineInvitation {
		shown.Member = endpoint.OrNull(j.Subject)
	}
	running, met := false, process.Trouble{}
	if deadlines != nil && j.Runs != nil {
		running, met = deadlines.Job(c.Ledger.ID, projections.Deadline{Stream: j.Stream, Subject: j.Subject, Kind: j.Kind, DueAt: *j.Runs})
	}
	if j.Code != "" {
		shown.LastError = &jobErrorView{Code: j.Code, Detail: cmp.Or(details[j.Code], "the gateway refused it")}
	} else if met.Code != "" {
		shown.LastError = &jobErrorView{Code: met.Code, Detail: met.Detail}
		shown.Attempts, shown.NextAt = met.Attempts, new(met.NextAt.UTC())
	}
	switch {
	case j.Parked:
		shown.Status, shown.NextAt = jobParked, nil
	case running:
		shown.Status, shown.NextAt = jobRunning, nil
	case shown.LastError != nil:
		shown.Status = jobFailed
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
