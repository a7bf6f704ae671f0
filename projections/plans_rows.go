package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// planState holds what a plan follows from.
type planState struct {
	Limits       seating.Limits         `json:"limits"` // copied last to the workspace's seat pool
	Subscription subscription.State     `json:"subscription"`
	Trials       map[string]trial.State `json:"trials"`            // by families
	Methods      []string               `json:"methods,omitempty"` // the ids of the payment methods
	License      *entitlement.License   `json:"license,omitempty"`
}

// planEvents gives the events that a plan follows from. Events of accounts, details, taxes and items, and of uses and overrides, only show that their
// workspace exists.
func planEvents(page engine.Page) []eventstore.Event {
	var events []eventstore.Event
	for _, streamType := range []domain.StreamType{subscription.Type, trial.Type, account.Type, details.Type, tax.Type, item.Type, paymentmethod.Type, entitlement.Type, seating.Type} {
		events = append(events, page.Of(streamType)...)
	}
	return slices.DeleteFunc(events, func(event eventstore.Event) bool {
		_, changed := event.Fact.(seating.LimitsChanged)
		return event.Stream.Type() == seating.Type.Name && !changed
	})
}

func (p planState) evolve(stream domain.Stream, fact domain.Event) planState {
	switch stream.Type() {
	case subscription.Type.Name:
		p.Subscription = subscription.Evolve(p.Subscription, fact)
	case trial.Type.Name:
		_, family, _ := strings.Cut(stream.Entity(), ":")
		if p.Trials == nil {
			p.Trials = map[string]trial.State{}
		}
		p.Trials[family] = trial.Evolve(p.Trials[family], fact)
	case paymentmethod.Type.Name:
		switch e := fact.(type) {
		case paymentmethod.Added:
			p.Methods = append(slices.Clip(p.Methods), e.ID)
		case paymentmethod.Removed:
			p.Methods = slices.DeleteFunc(slices.Clone(p.Methods), func(id string) bool { return id == e.ID })
		}
	case seating.Type.Name:
		p.Limits = seating.Limits(fact.(seating.LimitsChanged))
	case entitlement.Type.Name:
		p.License = entitlement.Evolve(entitlement.State{License: p.License}, fact).License
	}
	return p
}

// workspaceOf gives the workspace that a stream belongs to: the first part of its name.
func workspaceOf(stream domain.Stream) string {
	workspace, _, _ := strings.Cut(stream.Entity(), ":")
	return workspace
}

func applyPlans(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := applyFreeProduct(ctx, tx, page); err != nil {
		return err
	}
	if err := followCollections(ctx, tx, page); err != nil {
		return err
	}
	events := planEvents(page)
	if len(events) == 0 {
		return nil
	}
	workspaces := make([]string, len(events))
	for i, event := range events {
		workspaces[i] = workspaceOf(event.Stream)
	}
	slices.Sort(workspaces)
	workspaces = slices.Compact(workspaces)
	plans, err := loadPlans(ctx, tx, page.Ledger, workspaces)
	if err != nil {
		return err
	}
	for _, event := range events {
		workspace := workspaceOf(event.Stream)
		plans[workspace] = plans[workspace].evolve(event.Stream, event.Fact)
	}
	return savePlans(ctx, tx, page.Ledger, workspaces, plans)
}

// planRow holds a row of the table.
type planRow struct {
	workspace string
	planState
}

func scanPlan(row pgx.CollectableRow) (planRow, error) {
	var p planRow
	var stored []byte
	if err := row.Scan(&p.workspace, &stored); err != nil {
		return planRow{}, err
	}
	return p, engine.Decode(stored, &p.planState)
}

func loadPlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string) (map[string]planState, error) {
	rows, err := engine.List(ctx, tx, "read plans", scanPlan, `
		SELECT workspace, plan
		FROM plans
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), workspaces)
	plans := make(map[string]planState, len(workspaces))
	for _, row := range rows {
		plans[row.workspace] = row.planState
	}
	return plans, err
}

func savePlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string, plans map[string]planState) error {
	encoded := make([]string, len(workspaces))
	for i, workspace := range workspaces {
		var err error
		if encoded[i], err = engine.Encode(plans[workspace]); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO plans (ledger_id, workspace, plan)
		SELECT $1, r.workspace, r.plan::json
		FROM unnest($2::text[], $3::text[]) AS r (workspace, plan)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET plan = excluded.plan`, [16]byte(ledger), workspaces, encoded)
	if err != nil {
		return fmt.Errorf("write plans: %w", err)
	}
	return nil
}
