package invoices

import (
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// creditBody is the body of POST …/credits.
type creditBody struct {
	Amount view.MoneyBody `json:"amount"`
	Reason string         `json:"reason" maxLength:"500" example:"thank you for waiting"`
}

// creditView shows credit as it was given.
type creditView struct {
	ID        string     `json:"id"`
	Workspace string     `json:"workspace"`
	Amount    view.Money `json:"amount"`
	Reason    string     `json:"reason"`
	Credit    view.Money `json:"credit" doc:"What the workspace has of the currency now."`
}

func viewCredit(c command.Credit) creditView {
	return creditView{
		ID: c.Granted.ID, Workspace: c.Workspace, Amount: view.MoneyOf(c.Granted.Amount), Reason: c.Granted.Reason,
		Credit: view.MoneyOf(c.Granted.Balance),
	}
}

func grantCredit(c *endpoint.Call, b creditBody) command.Command[command.Credit] {
	amount, err := b.Amount.Read("/amount")
	if err != nil {
		return command.Refuse[command.Credit](account.Stream(c.Workspace()), err)
	}
	return command.GrantCredit(c.Workspace(), account.Grant{ID: endpoint.NewID(), Amount: amount, Reason: b.Reason})
}
