package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Plans holds the plan of each workspace: what gives it its seats, what it bought and what it tried. A workspace has a
// row once something was done in it.
var Plans = engine.Projection{
	Name: "plans", Formerly: "licences", Revision: 3, Tables: migrations.ReadModel("plans"), Auditors: true, Apply: applyPlans,
	Reads: []domain.StreamType{catalog.Type, subscription.Type, trial.Type, seating.Type, account.Type, details.Type, tax.Type, item.Type, paymentmethod.Type, payment.Type,
		entitlement.Type},
	Skips: engine.AllBut(seating.Type, seating.LimitsChanged{}),
}

// Plan shows a workspace's plan, its status and its seats as of an instant. What is due by then shows as if it had
// happened, whether or not anybody has carried it out.
type Plan struct {
	Workspace     string
	Source        seating.Source
	Product       string // "" for no plan, in a ledger that has no free product
	Price         string // "" where nothing was bought
	Status        string
	Seats         int64 // purchased; on the free plan the free seats, all roles together
	CurrentPeriod *period.Period
	Collection    subscription.Collection
	Trial         *period.Period // nil unless it is one now
	Tried         bool           // the workspace has begun a trial, whatever became of it
	CancelAt      *time.Time     // of an end that is decided
	ReadOnly      bool
	Ended         bool     // the latest subscription has
	HasMethod     bool     // the workspace has a payment method
	Dunning       *Dunning // of [FindPlan] alone; nil where nothing is overdue
}

// Plans without a subscription have these statuses.
const (
	StatusFree   = "free"
	StatusNone   = "none" // without any plan, in a ledger without a free product
	statusActive = "active"
)

// FindPlan gives the plan of any workspace. Without a subscription, trial or license it is the free one, as the
// ledger's free product is now, or none where the ledger has no free product.
func FindPlan(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, now time.Time) (Plan, error) {
	found, err := findPlanState(ctx, tx, ledger, workspace)
	if err != nil {
		return Plan{}, err
	}
	free, err := findFreePlan(ctx, tx, ledger)
	if err != nil {
		return Plan{}, fmt.Errorf("find the plan of %s: %w", workspace, err)
	}
	plan := found.at(workspace, free, now)
	plan.Dunning, err = findDunning(ctx, tx, ledger, workspace, found.Subscription.At(now).Dunning())
	return plan, err
}

// ListPlans lists the plans of at most limit workspaces in which something was done, by name, from behind the name
// after; "" is the beginning.
func ListPlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, now time.Time, after string, limit int) ([]Plan, error) {
	free, err := findFreePlan(ctx, tx, ledger)
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	rows, err := engine.List(ctx, tx, "list plans", scanPlan, `
		SELECT workspace, plan
		FROM plans
		WHERE ledger_id = $1 AND workspace > $2
		ORDER BY workspace
		LIMIT $3`, [16]byte(ledger), after, limit)
	plans := make([]Plan, len(rows))
	for i, row := range rows {
		plans[i] = row.at(row.workspace, free, now)
	}
	return plans, err
}

// findPlanState gives the state of any workspace's plan; it is empty when nothing was done there.
func findPlanState(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (planState, error) {
	found, _, err := engine.Find(ctx, tx, "find the plan of "+workspace, scanPlan, `
		SELECT workspace, plan
		FROM plans
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace)
	return found.planState, err
}

// at gives the plan as it is now. One command that begins or ends a plan writes both streams, so they agree. A live
// subscription goes first because it knows more; a pool whose subscription has ended is on the free plan.
func (p planState) at(workspace string, free seating.Limits, now time.Time) Plan {
	s := p.Subscription.At(now)
	found := Plan{Workspace: workspace, Tried: len(p.Trials) > 0, Ended: s.ID != "" && !s.Live(), HasMethod: len(p.Methods) > 0}
	switch {
	case s.Entitled():
		found.Source, found.Product, found.Price = seating.SourceSubscription, s.Terms.Product, s.Terms.Price
		found.Status, found.Seats, found.ReadOnly = string(s.Status), s.Seats, s.ReadOnly()
		found.CurrentPeriod, found.Collection = &s.CurrentPeriod, s.Collection
		if s.Status == subscription.StatusTrialing {
			found.Source, found.Trial = seating.SourceTrial, &period.Period{Start: s.Trial.Start, End: s.Trial.End}
		}
		if s.Cancellation != nil {
			found.CancelAt = &s.Cancellation.At
		}
	case p.Limits.Source == seating.SourceLicense:
		found.Source, found.Product = p.Limits.Source, p.Limits.Product
		found.Status, found.Seats = statusActive, p.Limits.Purchased
		if p.License != nil && p.License.Access(now) != entitlement.AccessFull {
			found.Status, found.ReadOnly = string(subscription.StatusRestricted), true
		}
	default:
		found.Source, found.Product = seating.SourceFree, free.Product
		found.Status, found.Seats = StatusFree, free.Purchased
		if free.Product == "" {
			found.Status = StatusNone
		}
	}
	return found
}
