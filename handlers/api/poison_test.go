package api

import (
	"testing"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// A balance of nineteen digits was accepted once. Read models, the list of events and commands on the workspace go on.
func TestABalanceBeyondTodaysBoundIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	c := b.client(p, endpoint.RoleAdmin)
	c.openShop()
	b.grantAsBefore("acme", "1000000000000000001.00")
	bought := c.buy("acme", "pro-month", 2)
	c.get("/v1/invoices/"+bought.text("invoice"), bought.position()).is(200).
		says(object{"credit_applied.amount": "24.00", "amount_due.amount": "0.00"})
	c.get("/v1/workspaces/acme/balance", bought.position()).is(200).says(object{"credit.amount": "999999999999999977.00"})
	c.get("/v1/events?type=account.credit_granted.v1", bought.position()).is(200).
		says(object{"data.0.data.balance.amount": "1000000000000000001.00"})
}

// grantAsBefore appends credit without the rules of today: the stream's own type admits any amount.
func (b *bench) grantAsBefore(workspace, amount string) {
	b.t.Helper()
	credit, err := money.ParseStored("USD", amount)
	if err != nil {
		b.t.Fatal(err)
	}
	granted := account.CreditGranted{ID: "g", Source: account.SourceManual, Amount: credit, Reason: "r", Balance: credit}
	b.appendBy(account.Type, account.Stream(workspace), granted)
}
