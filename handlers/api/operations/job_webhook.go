package operations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/webhooks"
)

const (
	// kindWebhook is the kind of deliveries to webhook endpoints. Their streams are those of the endpoints, and their subjects the
	// positions of the events that they tell of.
	kindWebhook = "webhook"
	// redeliveredMax limits the deliveries of an endpoint that are retried together.
	redeliveredMax = 1000
)

// webhookErrors say in words why a webhook was not delivered.
var webhookErrors = map[string]string{
	"timeout":         "the receiver did not answer in time",
	"refused":         "no connection to the receiver, or one that broke",
	"dns":             "the receiver's name can't be resolved",
	"tls":             "the receiver's certificate or encryption is not to be trusted",
	"address_refused": "the receiver's address is not a public one",
	"redirect":        "the receiver answered with a redirect, which is not followed",
}

// ofWebhook reports whether a job's id can name a delivery, or all of an endpoint.
func ofWebhook(id endpoint.Job) bool {
	return id.Stream.Type() == webhook.Type.Name && (id.Kind == "" || id.Kind == kindWebhook)
}

// findWebhookJobs finds at most limit deliveries that an id names.
func findWebhookJobs(id endpoint.Job, limit int) endpoint.Reading[[]webhooks.Job] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (found []webhooks.Job, err error) {
		filter := webhooks.JobFilter{Endpoint: id.Stream.Entity()}
		if id.Subject != "" {
			filter.Position, err = strconv.ParseInt(id.Subject, 10, 64)
		}
		if err == nil && filter.Position >= 0 {
			if found, err = webhooks.ListJobs(ctx, tx, c.Ledger.ID, filter, webhooks.JobPlace{}, limit); err != nil {
				return nil, err
			}
		}
		if len(found) == 0 {
			return nil, errNoJob
		}
		return found, nil
	}
}

// retryWebhooks has deliveries sent again at once.
func retryWebhooks(id endpoint.Job, found []webhooks.Job) command.Command[retriedView] {
	again := webhook.Redeliver{}
	for _, j := range found {
		again.Positions = append(again.Positions, j.Position)
	}
	return onWebhook(id.Stream.Entity(), again, retriedView{ID: id.ID(), Status: jobDue})
}

// onWebhook decides a command on an endpoint. One that was disabled meanwhile has no jobs.
func onWebhook(id string, c webhook.Command, shown retriedView) command.Command[retriedView] {
	plan := command.ThenShow(command.ChangeWebhook(id, c), shown)
	decide := plan.Decide
	plan.Decide = func(d *eventstore.Decision) (retriedView, error) {
		shown, err := decide(d)
		if refused, ok := errors.AsType[*domain.Rejection](err); ok && refused.Kind != domain.KindInvalid {
			err = errNoJob
		}
		return shown, err
	}
	return plan
}

func (s jobs) parkWebhook(c *endpoint.Call, id endpoint.Job, reason string, found webhooks.Job) command.Command[retriedView] {
	if s.sends(c, found) {
		return command.Refuse[retriedView](id.Stream, domain.Conflict("job_running", "it is being done"))
	}
	parked := webhook.Park{Position: found.Position, Reason: reason}
	return onWebhook(found.Endpoint, parked, retriedView{ID: idOfWebhook(found).ID(), Status: jobParked})
}

func (s jobs) sends(c *endpoint.Call, j webhooks.Job) bool {
	return s.deliveries != nil && s.deliveries.Sends(c.Ledger.ID, j.Endpoint, j.Position)
}

func idOfWebhook(j webhooks.Job) endpoint.Job {
	return endpoint.Job{Kind: kindWebhook, Stream: webhook.Stream(j.Endpoint), Subject: strconv.FormatInt(j.Position, 10)}
}

func (s jobs) viewWebhook(c *endpoint.Call, j webhooks.Job) jobView {
	id := idOfWebhook(j)
	shown := jobView{
		ID: id.ID(), Kind: kindWebhook, Stream: new(string(id.Stream)), Workspace: endpoint.OrNull(j.Workspace), DueAt: j.DueAt,
		Status: jobDue, Attempts: j.Attempts, NextAt: j.NextAt,
	}
	if j.Last.Error != "" {
		answered := fmt.Sprintf("the receiver answered %d", j.Last.Status)
		shown.LastError = &jobErrorView{Code: j.Last.Error, Detail: cmp.Or(webhookErrors[j.Last.Error], answered)}
	}
	switch {
	case j.Parked:
		shown.Status = jobParked
	case s.sends(c, j):
		shown.Status, shown.NextAt = jobRunning, nil
	case shown.LastError != nil:
		shown.Status = jobFailed
	}
	return shown
}

// placeOfWebhook gives the first place of the list of deliveries that is behind a place in the list of all jobs.
func placeOfWebhook(d projections.Deadline) webhooks.JobPlace {
	place := webhooks.JobPlace{DueAt: d.DueAt}
	switch first := webhook.Stream(""); {
	case d.Stream.Type() == webhook.Type.Name:
		place.Endpoint = d.Stream.Entity()
		place.Position, _ = strconv.ParseInt(d.Subject, 10, 64) // 0, before all of the endpoint, of what is no position
	case d.Stream > first:
		place.Endpoint = "~" // behind all of the instant
	}
	return place
}
