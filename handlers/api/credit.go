package api

import (
	"net/http"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/handlers/command"
)

// creditBody is the body of POST …/credits.
type creditBody struct {
	Amount moneyBody `json:"amount"`
	Reason string    `json:"reason" maxLength:"500" example:"thank you for waiting"`
}

// creditView is credit as it was given.
type creditView struct {
	ID        string    `json:"id"`
	Workspace string    `json:"workspace"`
	Amount    moneyView `json:"amount"`
	Reason    string    `json:"reason"`
	Credit    moneyView `json:"credit" doc:"What the workspace has of the currency now."`
}

func viewCredit(c command.Credit) creditView {
	return creditView{
		ID: c.Granted.ID, Workspace: c.Workspace, Amount: viewMoney(c.Granted.Amount), Reason: c.Granted.Reason,
		Credit: viewMoney(c.Granted.Balance),
	}
}

var grantCreditRoute = route{
	method: http.MethodPost, path: "/v1/workspaces/{workspace}/credits", id: "grant-credit", tag: tagInvoices, roles: roleMoney,
	summary: "Give a workspace credit", status: http.StatusCreated,
	text:     "The next invoices in its currency use it. It has no invoice: what takes an invoice back is a credit note.",
	example:  map[string]any{"amount": map[string]any{"amount": "5.00", "currency": "USD"}, "reason": "thank you for waiting"},
	refusals: append([]refusal{tooFarBehind}, invalid("amount_invalid", "reason_invalid")...),
}

func creditRoutes() []route {
	return []route{
		commandRoute(grantCreditRoute, func(c *call, b creditBody) command.Command[command.Credit] {
			amount, err := b.Amount.amount("/amount")
			if err != nil {
				return command.Refuse[command.Credit](account.Stream(c.workspace()), err)
			}
			return command.GrantCredit(c.workspace(), account.Grant{ID: newID(), Amount: amount, Reason: b.Reason})
		}, viewCredit),
	}
}
