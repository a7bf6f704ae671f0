package invoices

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
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
	Credit    view.Money `json:"credit" doc:"What the workspace has of the currency now, after it paid what was to be paid."`
}

func viewCredit(c command.Credit) creditView {
	return creditView{
		ID: c.Granted.ID, Workspace: c.Workspace, Amount: view.MoneyOf(c.Granted.Amount), Reason: c.Granted.Reason,
		Credit: view.MoneyOf(c.Credit),
	}
}

func grantCredit(c *endpoint.Call, b creditBody) command.Command[command.Credit] {
	amount, err := b.Amount.Read("/amount")
	if err != nil {
		return command.Refuse[command.Credit](account.Stream(c.Workspace()), err)
	}
	return command.GrantCredit(c.Workspace(), account.Grant{ID: endpoint.NewID(), Amount: amount, Reason: b.Reason})
}

// creditEntryView shows a change of a workspace's credit.
type creditEntryView struct {
	ID      *string                `json:"id" doc:"null of credit that was applied."`
	Kind    projections.CreditKind `json:"kind" doc:"applied to an invoice; refunded is to be paid back."`
	Source  *account.Source        `json:"source" doc:"Of credit that was granted: invoice is a negative total, and voided had been applied before; others will come."`
	Invoice *string                `json:"invoice" doc:"That it came from or went to; null for none."`
	Amount  view.Money             `json:"amount" doc:"Negative where the credit became less."`
	Balance view.Money             `json:"balance" doc:"What the workspace had of the currency afterwards."`
	Reason  *string                `json:"reason"`
	At      time.Time              `json:"at"`
}

func viewCreditEntry(e projections.CreditEntry) creditEntryView {
	return creditEntryView{
		ID: endpoint.OrNull(e.ID), Kind: e.Kind, Source: endpoint.OrNull(e.Source), Invoice: endpoint.OrNull(e.Invoice),
		Amount: view.MoneyOf(e.Amount), Balance: view.MoneyOf(e.Balance), Reason: endpoint.OrNull(e.Reason), At: e.At.UTC(),
	}
}

func listCredits(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[creditEntryView], error) {
	return endpoint.Page(c, func(after int64, limit int) ([]projections.CreditEntry, error) {
		return projections.ListCredits(ctx, tx, c.Ledger.ID, c.Workspace(), after, limit)
	}, func(e projections.CreditEntry) int64 { return e.Position }, viewCreditEntry)
}

// creditRefundView shows credit that is paid out.
type creditRefundView struct {
	ID        string        `json:"id" doc:"Of its first refund."`
	Workspace string        `json:"workspace"`
	Amount    view.Money    `json:"amount"`
	Reason    string        `json:"reason"`
	Credit    view.Money    `json:"credit" doc:"What the workspace has of the currency now."`
	Status    refund.Status `json:"status" doc:"Of its refunds: they are owed until it is recorded that they were paid."`
	Refunds   []string      `json:"refunds" doc:"The ids of the refunds: one for each payment that it goes back to."`
}

func viewCreditRefund(c command.CreditRefund) creditRefundView {
	return creditRefundView{
		ID: c.Refunded.ID, Workspace: c.Workspace, Amount: view.MoneyOf(c.Refunded.Amount), Reason: c.Refunded.Reason,
		Credit: view.MoneyOf(c.Refunded.Balance), Status: refund.StatusPending, Refunds: c.Refunds,
	}
}

func refundCredit(c *endpoint.Call, b creditBody) command.Command[command.CreditRefund] {
	amount, err := b.Amount.Read("/amount")
	if err != nil {
		return command.Refuse[command.CreditRefund](account.Stream(c.Workspace()), err)
	}
	return command.RefundCredit(c.Workspace(), account.Refund{ID: endpoint.NewID(), Amount: amount, Reason: b.Reason})
}
