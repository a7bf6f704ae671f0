package subscriptions

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// planView shows what a workspace may use now, whatever gives it that.
type planView struct {
	Product               *string      `json:"product" doc:"null where the ledger has no free product and nothing was bought."`
	Price                 *string      `json:"price" doc:"null on the free plan."`
	Status                planStatus   `json:"status" doc:"The subscription's. Without a live subscription, trial or license, and before the first payment, it is free, or none where the ledger has no free product."`
	Seats                 int64        `json:"seats"`
	Trial                 *view.Period `json:"trial" doc:"null unless it is one now."`
	CurrentPeriod         *view.Period `json:"current_period"`
	CancelAt              *time.Time   `json:"cancel_at" doc:"When the plan ends, if that is decided."`
	Access                planAccess   `json:"access" doc:"none without any plan, not even a free one; read_only while the plan is paused, or restricted because invoices are not paid: what is there can be read and exported."`
	IsCancelled           bool         `json:"is_cancelled" doc:"The plan ends at cancel_at, or the latest subscription has ended."`
	IsOfflinePayment      bool         `json:"is_offline_payment" doc:"Paid by invoice."`
	HasActivatedFreeTrial bool         `json:"has_activated_free_trial" doc:"A trial was started, whatever became of it."`
	HasAddedPaymentMethod bool         `json:"has_added_payment_method"`
	Dunning               *dunningView `json:"dunning" doc:"null where nothing of the subscription is past due or overdue."`
}

// dunningView shows what becomes of a plan that is not paid.
type dunningView struct {
	Since         time.Time           `json:"since"`
	Invoices      []string            `json:"invoices" doc:"Those of the subscription that are past due, or overdue."`
	Attempts      int                 `json:"attempts" doc:"To collect them, so far."`
	NextAttemptAt *time.Time          `json:"next_attempt_at"`
	Retries       projections.Retries `json:"retries" doc:"stopped by a hard decline, or for want of a payment method: another default starts them again. none where nothing was tried."`
	RestrictAt    *time.Time          `json:"restrict_at"`
	CancelAt      *time.Time          `json:"cancel_at" doc:"null where the policy never cancels."`
	LastFailure   *view.FailureView   `json:"last_failure"`
}

func viewDunning(d *projections.Dunning) *dunningView {
	if d == nil {
		return nil
	}
	return &dunningView{
		Since: d.Since.UTC(), Invoices: d.Invoices, Attempts: d.Attempts, NextAttemptAt: view.InUTC(d.NextAttemptAt), Retries: d.Retries,
		RestrictAt: view.InUTC(d.RestrictAt), CancelAt: view.InUTC(d.CancelAt), LastFailure: view.FailureOf(d.LastFailure),
	}
}

// workspaceView shows a workspace in a list of all.
type workspaceView struct {
	Workspace string     `json:"workspace"`
	Product   *string    `json:"product" doc:"null where the ledger has no free product and nothing was bought."`
	Price     *string    `json:"price" doc:"null on the free plan."`
	Status    planStatus `json:"status" doc:"The plan's, as in current-plan."`
	Seats     int64      `json:"seats" doc:"Purchased; on the free plan the free seats."`
}

func listWorkspaces(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[workspaceView], error) {
	return endpoint.Page(c, func(after string, limit int) ([]projections.Plan, error) {
		return projections.ListPlans(ctx, tx, c.Ledger.ID, c.Now(), after, limit)
	}, func(p projections.Plan) string { return p.Workspace }, viewWorkspace)
}

func viewWorkspace(p projections.Plan) workspaceView {
	return workspaceView{
		Workspace: p.Workspace, Product: endpoint.OrNull(p.Product), Price: endpoint.OrNull(p.Price), Status: planStatus(p.Status), Seats: p.Seats,
	}
}

func getPlan(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (planView, error) {
	plan, err := projections.FindPlan(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now())
	if err != nil {
		return planView{}, err
	}
	shown := planView{
		Product: endpoint.OrNull(plan.Product), Price: endpoint.OrNull(plan.Price), Status: planStatus(plan.Status), Seats: plan.Seats,
		Access: access(plan), IsCancelled: plan.CancelAt != nil || plan.Ended, HasActivatedFreeTrial: plan.Tried,
		IsOfflinePayment:      plan.Collection == subscription.CollectionSendInvoice,
		HasAddedPaymentMethod: plan.HasMethod, Dunning: viewDunning(plan.Dunning),
	}
	if plan.Trial != nil {
		shown.Trial = new(view.PeriodOf(*plan.Trial))
	}
	if plan.CurrentPeriod != nil {
		shown.CurrentPeriod = new(view.PeriodOf(*plan.CurrentPeriod))
	}
	if plan.CancelAt != nil {
		shown.CancelAt = new(plan.CancelAt.UTC())
	}
	return shown, nil
}

// planAccess tells what a plan lets its workspace do.
type planAccess string

const (
	accessFull     planAccess = "full"
	accessReadOnly planAccess = "read_only"
	accessNone     planAccess = "none"
)

// planStatus tells how a plan is: that of a subscription, or of what there is without one.
type planStatus string

func planStatuses() []planStatus {
	all := []planStatus{projections.StatusFree, projections.StatusNone}
	for _, status := range subscription.Statuses {
		all = append(all, planStatus(status))
	}
	return all
}

func access(plan projections.Plan) planAccess {
	switch {
	case plan.ReadOnly:
		return accessReadOnly
	case plan.Status == projections.StatusNone:
		return accessNone
	default:
		return accessFull
	}
}
