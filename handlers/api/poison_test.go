package api

import (
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// A balance of nineteen digits was accepted once. Read models, the list of events and commands on the workspace go on.
func TestABalanceBeyondTodaysBoundIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	b.grantAsBefore(p.store, "acme", "1000000000000000001.00")
	bought := c.buy("acme", "pro-month", 2)
	c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).
		says(object{"credit_applied.amount": "24.00", "amount_due.amount": "0.00"})
	c.get("/v1/workspaces/acme/balance", bought.position()).is(200).says(object{"credit.amount": "999999999999999977.00"})
	c.get("/v1/events?type=account.credit_granted.v1", bought.position()).is(200).
		says(object{"data.0.data.balance.amount": "1000000000000000001.00"})
}

// grantAsBefore appends credit without the rules of today.
func (b *bench) grantAsBefore(store *eventstore.Store, workspace, amount string) {
	b.t.Helper()
	credit, err := money.ParseStored("USD", amount)
	if err != nil {
		b.t.Fatal(err)
	}
	stream := account.Stream(workspace)
	_, err = store.Execute(b.t.Context(), b.ledger, eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Actor: "before", Correlation: "before", Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			d.Append(stream, account.CreditGranted{ID: "g", Source: account.SourceManual, Amount: credit, Reason: "r", Balance: credit})
			return eventstore.Answer{Status: 201}, nil
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
