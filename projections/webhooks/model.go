package webhooks

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// reads lists the types of streams that news is of.
var reads = []domain.StreamType{subscription.Type, trial.Type, invoice.Type, account.Type, refund.Type, payment.Type, paymentmethod.Type, paymentlink.Type, license.Type, notice.Type, entitlement.Type, webhook.Type}

// Model is the read model of webhook endpoints and their deliveries.
var Model = engine.Projection{
	Name: "webhooks", Revision: 2, Tables: migrations.ReadModel("webhooks"), Auditors: true, Reads: reads, Skips: silent(), Apply: apply,
}

// silent lists the events that make no news and tell nothing that news needs.
func silent() (all []domain.Event) {
	for _, streamType := range reads {
		for _, event := range streamType.Events {
			_, owns := ownerOf(event.Zero)
			if news[event.Zero.EventType()] == nil && !owns && streamType.Name != webhook.Type.Name {
				all = append(all, event.Zero)
			}
		}
	}
	return all
}

// page follows the events of one page in their order.
type page struct {
	ctx       context.Context
	tx        pgx.Tx
	ledger    uuid.UUID
	endpoints []Endpoint // in the order in which they were made
	changed   map[string]bool
	owners    map[domain.Stream]string
	sequences map[sequenceKey]int64
	made      []Delivery // that are not written yet
}

// sequenceKey names one sequence.
type sequenceKey struct{ endpoint, workspace string }

func apply(ctx context.Context, tx pgx.Tx, events engine.Page) (err error) {
	p := page{ctx: ctx, tx: tx, ledger: events.Ledger, changed: map[string]bool{}}
	if p.owners, err = findOwners(ctx, tx, events); err != nil {
		return err
	}
	if p.endpoints, err = listAll(ctx, tx, events.Ledger); err != nil {
		return err
	}
	if len(p.endpoints) == 0 && len(events.Of(webhook.Type)) == 0 {
		return nil // nobody hears, as in most ledgers
	}
	if err := p.loadSequences(events.Events); err != nil {
		return err
	}
	for i := range events.Events {
		if err := p.follow(&events.Events[i]); err != nil {
			return err
		}
	}
	if err := p.writeDeliveries(); err != nil {
		return err
	}
	return p.writeEndpoints()
}

// follow tells all who hear of an event, or follows what became of an endpoint.
func (p *page) follow(e *eventstore.Event) error {
	if e.Stream.Type() == webhook.Type.Name {
		return p.followEndpoint(e)
	}
	of := News(e.Fact)
	if of == "" {
		return nil
	}
	for i := range p.endpoints {
		if p.endpoints[i].Exists() && p.endpoints[i].Hears(of) {
			p.tell(p.endpoints[i].ID, e, of, p.workspace(e.Stream))
		}
	}
	return nil
}

func (p *page) workspace(stream domain.Stream) string {
	if workspace, told := workspaceOf(stream); told {
		return workspace
	}
	return p.owners[stream]
}

// tell gives an endpoint the next delivery of its sequence.
func (p *page) tell(endpoint string, e *eventstore.Event, of, workspace string) {
	key := sequenceKey{endpoint, workspace}
	p.sequences[key]++
	p.made = append(p.made, Delivery{
		Endpoint: endpoint, Position: e.Position, Ordered: e.Position, Event: e.ID, Type: of, Workspace: workspace, Sequence: p.sequences[key],
	})
}

func (p *page) followEndpoint(e *eventstore.Event) error {
	id := e.Stream.Entity()
	at := slices.IndexFunc(p.endpoints, func(known Endpoint) bool { return known.ID == id })
	if at < 0 {
		at = len(p.endpoints)
		p.endpoints = append(p.endpoints, Endpoint{Made: e.Position})
	}
	endpoint := &p.endpoints[at]
	endpoint.State, endpoint.Version = webhook.Evolve(endpoint.State, e.Fact), e.Version
	p.changed[id] = true
	switch fact := e.Fact.(type) {
	case webhook.Tested:
		p.tell(id, e, News(fact), "")
	case webhook.Enabled:
		endpoint.EnabledAt = e.Position
	case webhook.Replayed:
		return p.again(id, e.Position, fact)
	case webhook.Redelivered:
		return p.again(id, e.Position, webhook.Replayed{From: fact.Position, To: fact.Position})
	case webhook.Parked:
		return p.park(id, fact.Position)
	}
	return nil
}

// again orders deliveries once more.
func (p *page) again(endpoint string, position int64, asked webhook.Replayed) error {
	if err := p.writeDeliveries(); err != nil {
		return err
	}
	_, err := p.tx.Exec(p.ctx, `
		UPDATE deliveries
		SET ordered = $5, parked = false
		WHERE ledger_id = $1 AND endpoint = $2 AND position BETWEEN $3 AND $4 AND type = ANY ($6)`,
		[16]byte(p.ledger), endpoint, asked.From, asked.To, position, chosen(asked.Types))
	if err != nil {
		return fmt.Errorf("order deliveries again: %w", err)
	}
	return nil
}

// park keeps a delivery from being tried.
func (p *page) park(endpoint string, position int64) error {
	if err := p.writeDeliveries(); err != nil {
		return err
	}
	_, err := p.tx.Exec(p.ctx, `
		UPDATE deliveries
		SET parked = true
		WHERE ledger_id = $1 AND endpoint = $2 AND position = $3`, [16]byte(p.ledger), endpoint, position)
	if err != nil {
		return fmt.Errorf("park delivery: %w", err)
	}
	return nil
}

// chosen lists the types that patterns choose.
func chosen(patterns []string) (types []string) {
	for _, of := range webhook.Types() {
		if webhook.Chosen(patterns, of) {
			types = append(types, of)
		}
	}
	return types
}
