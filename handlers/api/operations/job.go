package operations

import (
	"cmp"
	"context"
	"errors"
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
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/webhooks"
)

// jobKind tells what is due.
type jobKind string

func jobKinds() []jobKind {
	all := []jobKind{
		projections.DeadlineReminder, projections.DeadlineInvitation, payment.DeadlineCharge, payment.DeadlineAsk, refund.DeadlineRefund, projections.DeadlineLink, billingsync.Deadline,
		projections.DeadlineLicense, bookkeeping.Deadline, installation.DeadlineSync, kindWebhook, kindExport,
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
	ID        string        `json:"id" example:"renewal~subscription:acme" doc:"kind~stream, and ~member for an invitation, ~invoice for a reminder of one that is overdue, ~position of its event for a webhook."`
	Kind      jobKind       `json:"kind" example:"renewal"`
	Stream    *string       `json:"stream" example:"subscription:acme"`
	Workspace *string       `json:"workspace"`
	Member    *string       `json:"member" doc:"Whose invitation lapses; null for all else."`
	DueAt     time.Time     `json:"due_at"`
	Status    jobStatus     `json:"status" doc:"failed goes on by itself at next_at; parked waits for a person, who stopped it, or because nobody else can tell, because it would bill more than six periods at once, or because the last attempt to deliver a webhook failed."`
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

// detailOf tells people of a job's last error.
func detailOf(j projections.Job) string {
	if j.Kind == installation.DeadlineSync {
		return "the license server does not confirm the license: link.error of the workspace's license says why"
	}
	return cmp.Or(details[j.Code], "the gateway refused it")
}

// jobs tells of jobs what this process knows of them. Only it knows what runs.
type jobs struct {
	deadlines  *process.Deadlines
	deliveries *process.Deliveries
	exports    *exports.Exports
}

// list lists deadlines, exports and webhooks, each as of the same position or a later one.
func (s jobs) list(c *endpoint.Call, minimum int64) (list endpoint.List[jobView], position int64, err error) {
	var reached int64
	list, err = endpoint.PageBy(c, jobOfKey, func(after projections.Deadline, limit int) ([]jobView, error) {
		due, shows, err := endpoint.ReadFrom(c, minimum, projections.Deadlines, s.listDeadlines(after, limit))
		if err != nil {
			return nil, err
		}
		unsent, reaches, err := endpoint.ReadFrom(c, minimum, webhooks.Model, s.listWebhooks(after, limit))
		reached = min(shows, reaches)
		all := append(due, unsent...)
		slices.SortStableFunc(all, func(a, b jobView) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(*a.Stream, *b.Stream)) })
		return all[:min(len(all), limit)], err
	}, keyOfJob, func(v jobView) jobView { return v })
	return list, reached, err
}

func (s jobs) listDeadlines(after projections.Deadline, limit int) endpoint.Reading[[]jobView] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) ([]jobView, error) {
		filter := projections.JobFilter{Kind: c.Parameter("kind"), Workspace: c.Parameter("workspace")}
		due, err := collect(c, after, limit, func(after projections.Deadline, limit int) ([]jobView, projections.Deadline, error) {
			found, err := projections.ListJobs(ctx, tx, c.Ledger.ID, c.Now(), filter, after, limit)
			shown := make([]jobView, len(found))
			for i, j := range found {
				shown[i], after = s.view(c, j), j.Deadline
			}
			return shown, after, err
		})
		if err != nil {
			return nil, err
		}
		unwritten, err := listExports(ctx, tx, c, after)
		return append(due, unwritten...), err
	}
}

func (s jobs) listWebhooks(after projections.Deadline, limit int) endpoint.Reading[[]jobView] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) ([]jobView, error) {
		if kind := c.Parameter("kind"); kind != "" && kind != kindWebhook {
			return nil, nil
		}
		filter := webhooks.JobFilter{Workspace: c.Parameter("workspace")}
		return collect(c, placeOfWebhook(after), limit, func(after webhooks.JobPlace, limit int) ([]jobView, webhooks.JobPlace, error) {
			found, err := webhooks.ListJobs(ctx, tx, c.Ledger.ID, filter, after, limit)
			shown := make([]jobView, len(found))
			for i, j := range found {
				shown[i], after = s.viewWebhook(c, j), webhooks.JobPlace{DueAt: j.DueAt, Endpoint: j.Endpoint, Position: j.Position}
			}
			return shown, after, err
		})
	}
}

// collect lists at most limit jobs of the status that the call asks for. find gives so many from behind a place, and the last place.
func collect[P any](c *endpoint.Call, after P, limit int, find func(P, int) ([]jobView, P, error)) (listed []jobView, _ error) {
	status := jobStatus(c.Parameter("status"))
	for {
		more, last, err := find(after, limit)
		if err != nil {
			return nil, err
		}
		found := len(more)
		listed = append(listed, slices.DeleteFunc(more, func(v jobView) bool { return status != "" && v.Status != status })...)
		if found < limit || len(listed) >= limit {
			return listed[:min(len(listed), limit)], nil
		}
		after = last
	}
}

// named holds what a job's id names: webhooks, an export, a deadline that is to be parked, or nothing of these. A command that finds nothing is
// refused where it is decided, so that a repeat gets the first answer when the job is done.
type named struct {
	webhooks []webhooks.Job
	export   *jobView
	deadline projections.Job
	nothing  bool
}

// orNothing takes it for a finding that an id names nothing.
func (f named) orNothing(err error) (named, error) {
	if errors.Is(err, errNoJob) {
		return named{nothing: true}, nil
	}
	return f, err
}

func (s jobs) findToRetry(c *endpoint.Call, _ endpoint.NoBody) (f named, err error) {
	if ofWebhook(c.Job()) {
		f.webhooks, err = endpoint.Read(c, webhooks.Model, findWebhookJobs(c.Job(), redeliveredMax))
	}
	if ofExport(c.Job()) {
		f.export, err = s.retryExport(c)
	}
	return f, err
}

func (s jobs) retry(c *endpoint.Call, _ endpoint.NoBody, f named) command.Command[retriedView] {
	id := c.Job()
	if f.nothing {
		return command.Refuse[retriedView](job.Stream(), errNoJob)
	}
	if f.webhooks != nil {
		return retryWebhooks(id, f.webhooks)
	}
	if f.export != nil {
		return onNothing(retriedView{ID: id.ID(), Status: f.export.Status})
	}
	if s.deadlines != nil {
		s.deadlines.Recall(c.Ledger.ID, projections.Deadline{Stream: id.Stream})
	}
	return command.Show(command.RetryJob(id.Stream), func(r command.Retried) (retriedView, error) {
		shown := retriedView{ID: id.ID(), Status: jobDue}
		if r.Done {
			shown.Status = jobDone
		}
		return shown, nil
	})
}

// errNoJob refuses an id that names nothing.
var errNoJob error = domain.NotFound("job_not_found", "there is no such job")

// findDeadline finds the first deadline that an id names.
func findDeadline(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (projections.Job, error) {
	id := c.Job()
	found, err := projections.ListJobs(ctx, tx, c.Ledger.ID, c.Now(), projections.JobFilter{
		Kind: id.Kind, Stream: string(id.Stream), Subject: id.Subject,
	}, projections.Deadline{}, 1)
	if err != nil {
		return projections.Job{}, err
	}
	if len(found) == 0 {
		return projections.Job{}, errNoJob
	}
	return found[0], nil
}

func (s jobs) findToPark(c *endpoint.Call, _ parkBody) (f named, err error) {
	if ofWebhook(c.Job()) {
		f.webhooks, err = endpoint.Read(c, webhooks.Model, findWebhookJobs(c.Job(), 1))
	} else {
		f.deadline, err = endpoint.Read(c, projections.Deadlines, findDeadline)
	}
	return f.orNothing(err)
}

func (s jobs) park(c *endpoint.Call, b parkBody, f named) command.Command[retriedView] {
	if f.nothing {
		return command.Refuse[retriedView](job.Stream(), errNoJob)
	}
	if f.webhooks != nil {
		return s.parkWebhook(c, c.Job(), b.Reason, f.webhooks[0])
	}
	found := f.deadline
	if shown := s.view(c, found); shown.Status == jobRunning {
		return command.Refuse[retriedView](job.Stream(), domain.Conflict("job_running", "it is being done"))
	}
	due := found.DueAt
	if found.Runs != nil {
		due = *found.Runs
	}
	id := endpoint.Job{Kind: found.Kind, Stream: found.Stream, Subject: found.Subject}
	return command.ThenShow(command.ParkJob(job.Park{
		Deadline: job.Deadline{Kind: found.Kind, Stream: found.Stream, Subject: found.Subject, DueAt: due}, Reason: b.Reason,
	}), retriedView{ID: id.ID(), Status: jobParked})
}

func (s jobs) view(c *endpoint.Call, j projections.Job) jobView {
	shown := jobView{
		ID: endpoint.Job{Kind: j.Kind, Stream: j.Stream, Subject: j.Subject}.ID(), Kind: jobKind(j.Kind), Stream: endpoint.OrNull(string(j.Stream)),
		Workspace: endpoint.OrNull(j.Workspace), DueAt: j.DueAt, Status: jobDue, Attempts: j.Attempts, NextAt: j.NextAt,
	}
	if j.Kind == projections.DeadlineInvitation {
		shown.Member = endpoint.OrNull(j.Subject)
	}
	running, met := false, process.Trouble{}
	if s.deadlines != nil && j.Runs != nil {
		running, met = s.deadlines.Job(c.Ledger.ID, projections.Deadline{Stream: j.Stream, Subject: j.Subject, Kind: j.Kind, DueAt: *j.Runs})
	}
	if j.Code != "" {
		shown.LastError = &jobErrorView{Code: j.Code, Detail: detailOf(j)}
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
func keyOfJob(v jobView) string {
	id, _ := endpoint.ParseJob(v.ID)
	return keyOf(projections.Deadline{DueAt: v.DueAt, Stream: id.Stream, Subject: id.Subject})
}

func keyOf(d projections.Deadline) string {
	return strings.Join([]string{d.DueAt.Format(time.RFC3339Nano), string(d.Stream), d.Subject}, " ")
}

// jobOfKey reads the place in the list as keyOfJob wrote it.
func jobOfKey(key string) (projections.Deadline, bool) {
	parts := strings.Split(key, " ")
	if len(parts) != 3 {
		return projections.Deadline{}, false
	}
	due, err := time.Parse(time.RFC3339Nano, parts[0])
	d := projections.Deadline{DueAt: due, Stream: domain.Stream(parts[1]), Subject: parts[2]}
	return d, err == nil && endpoint.ValidStream(parts[1]) && (d.Subject == "" || domain.ValidName(d.Subject)) && keyOf(d) == key
}
