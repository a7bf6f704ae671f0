package api

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/projections"
)

// planView is what a workspace may use now, whatever gives it that.
type planView struct {
	Product               *string     `json:"product" doc:"null where the ledger has no free product and nothing was bought."`
	Price                 *string     `json:"price" doc:"null on the free plan."`
	Status                string      `json:"status" doc:"The subscription's; free without a live subscription, trial or license, and before the first payment."`
	Seats                 int64       `json:"seats"`
	Trial                 *periodView `json:"trial" doc:"null unless it is one now."`
	CurrentPeriod         *periodView `json:"current_period"`
	CancelAt              *time.Time  `json:"cancel_at" doc:"When the plan ends, if that is decided."`
	Access                string      `json:"access" enum:"full,read_only" doc:"read_only while the plan is paused, or restricted because invoices are not paid: what is there can be read and exported."`
	IsCancelled           bool        `json:"is_cancelled" doc:"The plan ends at cancel_at. After that it is the free one, which is not cancelled."`
	IsOfflinePayment      bool        `json:"is_offline_payment" doc:"Paid by invoice."`
	HasActivatedFreeTrial bool        `json:"has_activated_free_trial" doc:"A trial was started, whatever became of it."`
	HasAddedPaymentMethod bool        `json:"has_added_payment_method"`
}

// workspaceView is a workspace in a list of all.
type workspaceView struct {
	Workspace string  `json:"workspace"`
	Product   *string `json:"product" doc:"null where the ledger has no free product and nothing was bought."`
	Price     *string `json:"price" doc:"null on the free plan."`
	Status    string  `json:"status" doc:"The plan's, as in current-plan."`
	Seats     int64   `json:"seats" doc:"Purchased; on the free plan the free seats."`
}

func planRoutes() []route {
	return []route{
		queryRoute(route{
			method: http.MethodGet, path: "/v1/workspaces", id: "list-workspaces", tag: tagSubscriptions, roles: everyRole,
			summary: "List all workspaces with their plans", status: http.StatusOK, parameters: listParameters(),
			text: "In the order of their names: every workspace in which something was ever done.",
		}, projections.Plans, listWorkspaces),
		queryRoute(route{
			method: http.MethodGet, path: "/v1/workspaces/{workspace}/current-plan", id: "get-current-plan", tag: tagSubscriptions,
			roles: everyRole, summary: "What a workspace may use now", status: http.StatusOK,
			text: "Always answers: a workspace in which nothing was ever done is on the free plan.",
		}, projections.Plans, getPlan),
	}
}

func listWorkspaces(ctx context.Context, tx pgx.Tx, c *call) (list[workspaceView], int64, error) {
	after, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return list[workspaceView]{}, 0, err
	}
	plans, err := projections.ListPlans(ctx, tx, c.ledger.ID, c.now(), after, c.limit()+1)
	if err != nil {
		return list[workspaceView]{}, 0, err
	}
	workspace := func(p projections.Plan) string { return p.Workspace }
	return pageOf(c.cursors(), plans, c.limit(), workspace, viewWorkspace), unversioned, nil
}

func viewWorkspace(p projections.Plan) workspaceView {
	return workspaceView{
		Workspace: p.Workspace, Product: given(p.Product), Price: given(p.Price), Status: p.Status, Seats: p.Seats,
	}
}

func getPlan(ctx context.Context, tx pgx.Tx, c *call) (planView, int64, error) {
	plan, err := projections.FindPlan(ctx, tx, c.ledger.ID, c.workspace(), c.now())
	if err != nil {
		return planView{}, 0, err
	}
	view := planView{
		Product: given(plan.Product), Price: given(plan.Price), Status: plan.Status, Seats: plan.Seats,
		Trial: viewPeriod(plan.Trial), CurrentPeriod: viewPeriod(plan.CurrentPeriod), Access: "full",
		IsCancelled: plan.CancelAt != nil, IsOfflinePayment: plan.Collection == subscription.CollectionSendInvoice,
		HasActivatedFreeTrial: plan.Tried,
	}
	if plan.CancelAt != nil {
		view.CancelAt = new(plan.CancelAt.UTC())
	}
	if plan.ReadOnly {
		view.Access = "read_only"
	}
	return view, unversioned, nil
}

// given is nil for no text.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
