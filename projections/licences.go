package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
)

// Licences is the plan of each workspace: what gives it its seats, and what it bought.
var Licences = Projection{
	Name: "licences", Revision: 3, Apply: applyLicences,
	Ignores: types(append([]domain.StreamType{seating.Type}, moneyTypes...), seating.LimitsChanged{}),
}

// Licence is a workspace's plan, its status and its seats.
type Licence struct {
	Workspace     string
	Source        seating.Source
	Product       string // "" on the free plan of a ledger that has no free product
	Price         string // "" where nothing was bought
	Status        string
	Seats         int64 // purchased; on the free plan the free seats, all roles together
	CurrentPeriod *period.Period
	Collection    subscription.Collection
}

// Statuses of plans that no subscription is behind.
const (
	statusFree     = "free"
	statusTrialing = "trialing"
	statusActive   = "active"
)

// FindLicence gives the plan of any workspace: without a subscription, trial or licence it is the free one, as the
// ledger's free product is now.
func FindLicence(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string) (Licence, error) {
	var stored []byte
	var p plan
	err := tx.QueryRow(ctx, `
		SELECT plan
		FROM licences
		WHERE ledger_id = $1 AND workspace = $2`, [16]byte(ledger), workspace).Scan(&stored)
	if err == nil {
		err = decode(stored, &p)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Licence{}, fmt.Errorf("find the licence of %s: %w", workspace, err)
	}
	licence := p.licence()
	licence.Workspace = workspace
	if licence.Source != seating.SourceFree {
		return licence, nil
	}
	free, err := findFreePlan(ctx, tx, ledger)
	if err != nil {
		return Licence{}, fmt.Errorf("find the licence of %s: %w", workspace, err)
	}
	licence.Product, licence.Seats = free.Product, free.Purchased
	return licence, nil
}

// plan is what a licence is made of.
type plan struct {
	Limits       seating.Limits     `json:"limits"` // copied last to the workspace's seat pool
	Subscription subscription.State `json:"subscription"`
}

// licence says which of the two holds. The one command that begins or ends a plan writes both streams, so they agree; a
// live subscription goes first because it knows more, and a pool whose subscription has ended is on the free plan.
func (p plan) licence() Licence {
	s := p.Subscription
	switch {
	case s.Entitled():
		source := seating.SourceSubscription
		if p.Limits.Source == seating.SourceTrial {
			source = seating.SourceTrial
		}
		return Licence{
			Source: source, Product: s.Terms.Product, Price: s.Terms.Price, Status: string(s.Status), Seats: s.Seats,
			CurrentPeriod: &s.CurrentPeriod, Collection: s.Collection,
		}
	case p.Limits.Source == seating.SourceLicense:
		return Licence{Source: p.Limits.Source, Product: p.Limits.Product, Status: statusActive, Seats: p.Limits.Purchased}
	case p.Limits.Source == seating.SourceTrial:
		return Licence{Source: p.Limits.Source, Product: p.Limits.Product, Status: statusTrialing, Seats: p.Limits.Purchased}
	}
	return Licence{Source: seating.SourceFree, Status: statusFree}
}

func applyLicences(ctx context.Context, tx pgx.Tx, page Page) error {
	if err := applyFreeProduct(ctx, tx, page); err != nil {
		return err
	}
	events := page.of(subscription.Type.Name)
	for _, event := range page.of(seating.Type.Name) {
		if _, ok := event.Fact.(seating.LimitsChanged); ok {
			events = append(events, event)
		}
	}
	if len(events) == 0 {
		return nil
	}
	workspaces := entities(events)
	plans, err := loadPlans(ctx, tx, page.Ledger, workspaces)
	if err != nil {
		return err
	}
	for _, event := range events {
		workspace := event.Stream.Entity()
		p := plans[workspace]
		if limits, ok := event.Fact.(seating.LimitsChanged); ok {
			p.Limits = seating.Limits(limits)
		} else {
			p.Subscription = subscription.Evolve(p.Subscription, event.Fact)
		}
		plans[workspace] = p
	}
	return savePlans(ctx, tx, page.Ledger, workspaces, plans)
}

func loadPlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string) (map[string]plan, error) {
	rows, err := tx.Query(ctx, `
		SELECT workspace, plan
		FROM licences
		WHERE ledger_id = $1 AND workspace = ANY ($2)`, [16]byte(ledger), workspaces)
	if err != nil {
		return nil, fmt.Errorf("read licences: %w", err)
	}
	plans := make(map[string]plan, len(workspaces))
	var workspace string
	var stored []byte
	_, err = pgx.ForEachRow(rows, []any{&workspace, &stored}, func() error {
		var p plan
		err := decode(stored, &p)
		plans[workspace] = p
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read licences: %w", err)
	}
	return plans, nil
}

func savePlans(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspaces []string, plans map[string]plan) error {
	encoded := make([]string, len(workspaces))
	for i, workspace := range workspaces {
		var err error
		if encoded[i], err = encode(plans[workspace]); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO licences (ledger_id, workspace, plan)
		SELECT $1, r.workspace, r.plan::json
		FROM unnest($2::text[], $3::text[]) AS r (workspace, plan)
		ON CONFLICT (ledger_id, workspace) DO UPDATE
		SET plan = excluded.plan`, [16]byte(ledger), workspaces, encoded)
	if err != nil {
		return fmt.Errorf("write licences: %w", err)
	}
	return nil
}
