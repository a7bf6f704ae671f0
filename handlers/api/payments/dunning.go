package payments

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// dunningPolicyView shows the policy of dunning.
type dunningPolicyView struct {
	RetryDays         []int              `json:"retry_days" doc:"On which days after the due date money is tried to be collected again."`
	RestrictAfterDays int                `json:"restrict_after_days"`
	CancelAfterDays   *int               `json:"cancel_after_days" doc:"null: never."`
	Settlement        dunning.Settlement `json:"settlement" doc:"What becomes of what was paid and not used, when a subscription is canceled."`
}

// dunningBody is the body of PUT /v1/dunning.
type dunningBody struct {
	RetryDays         *[]int              `json:"retry_days,omitempty" default:"[1, 3, 5, 7]" maxItems:"30"`
	RestrictAfterDays *int                `json:"restrict_after_days,omitempty" default:"14" minimum:"1" maximum:"365"`
	CancelAfterDays   *int                `json:"cancel_after_days,omitempty" null:"unset" default:"28" minimum:"2" maximum:"365" doc:"null: never."`
	Settlement        *dunning.Settlement `json:"settlement,omitempty" default:"credit"`
}

func viewPolicy(p dunning.Policy) dunningPolicyView {
	return dunningPolicyView{
		RetryDays: p.RetryDays, RestrictAfterDays: p.RestrictAfterDays, CancelAfterDays: p.CancelAfterDays, Settlement: p.Settlement,
	}
}

func getDunning(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (dunningPolicyView, error) {
	policy, version, err := projections.FindDunning(ctx, tx, c.Ledger.ID)
	c.SetVersion(version)
	return viewPolicy(policy), err
}

func setDunning(c *endpoint.Call, b dunningBody) command.Command[dunning.Policy] {
	otherwise := dunning.Default()
	p := dunning.Policy{
		RetryDays: domain.Or(b.RetryDays, otherwise.RetryDays), RestrictAfterDays: domain.Or(b.RestrictAfterDays, otherwise.RestrictAfterDays),
		CancelAfterDays: b.CancelAfterDays, Settlement: domain.Or(b.Settlement, otherwise.Settlement),
	}
	if p.CancelAfterDays == nil && !c.Has("cancel_after_days") {
		p.CancelAfterDays = otherwise.CancelAfterDays
	}
	return command.SetDunning(p)
}
