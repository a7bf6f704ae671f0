package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

const (
	adoptPage = 1_000
	// adoptActor stands in the events where those of a request have an API key's id.
	adoptActor = "adoption"
)

// Adopted counts the workspaces whose invoices were met, and names those that an operator must bill first.
type Adopted struct {
	Workspaces int
	Refused    []string
}

// Adopt tells the accounts of a ledger of the invoices, and of the money, that releases wrote before accounts knew of them. It
// can be repeated, and beside a server.
func Adopt(ctx context.Context, store *eventstore.Store, codec *eventstore.Codec, db eventstore.Querier, ledger eventstore.Ledger) (adopted Adopted, err error) {
	workspaces, ids, err := draftedBefore(ctx, codec, db, ledger)
	if err != nil {
		return adopted, err
	}
	for _, name := range workspaces {
		_, err := store.Execute(ctx, ledger, made("adopt-invoices", Caller{Actor: adoptActor}, command.AdoptInvoices(name, ids[name])))
		if _, refused := errors.AsType[*domain.Rejection](err); refused {
			adopted.Refused = append(adopted.Refused, name)
			continue
		}
		if err != nil {
			return adopted, fmt.Errorf("adopt the invoices of %s: %w", name, err)
		}
		adopted.Workspaces++
	}
	return adopted, nil
}

// draftedBefore lists the invoices that do not say how their money comes, by workspace, in the order in which they were made.
func draftedBefore(
	ctx context.Context, codec *eventstore.Codec, db eventstore.Querier, ledger eventstore.Ledger,
) (workspaces []string, ids map[string][]string, err error) {
	ids = map[string][]string{}
	filter := eventstore.Filter{Type: invoice.Drafted{}.EventType()}
	for after := int64(0); ; {
		events, err := codec.After(ctx, db, ledger.ID, after, filter, adoptPage)
		if err != nil {
			return nil, nil, err
		}
		for _, event := range events {
			after = event.Position
			drafted, is := event.Fact.(invoice.Drafted)
			if !is || drafted.Collection != "" || drafted.Workspace == "" {
				continue
			}
			if _, known := ids[drafted.Workspace]; !known {
				workspaces = append(workspaces, drafted.Workspace)
			}
			ids[drafted.Workspace] = append(ids[drafted.Workspace], drafted.ID)
		}
		if len(events) < adoptPage {
			return workspaces, ids, nil
		}
	}
}
