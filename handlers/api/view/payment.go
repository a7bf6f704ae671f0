package view

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Payment shows money that a gateway takes.
type Payment struct {
	ID             string            `json:"id"`
	Workspace      string            `json:"workspace"`
	Invoice        *string           `json:"invoice"`
	Amount         Money             `json:"amount" doc:"Of the attempt that counts."`
	AmountRefunded Money             `json:"amount_refunded" doc:"What goes back of it."`
	Fee            *Money            `json:"fee" doc:"What the gateway keeps."`
	Status         payment.Status    `json:"status" doc:"failed means that the last attempt failed. unknown is asked for, and never charged again meanwhile."`
	Gateway        string            `json:"gateway" example:"sandbox" doc:"manual took nothing: the money was recorded by hand."`
	Reference      *string           `json:"gateway_reference" doc:"By which the gateway knows the charge."`
	PaymentMethod  *string           `json:"payment_method"`
	RecordedAs     *string           `json:"reference" doc:"That was recorded with the money; null where a gateway took it."`
	NextAction     *nextActionView   `json:"next_action" doc:"What the customer must do."`
	Failure        *FailureView      `json:"failure"`
	Dispute        *string           `json:"dispute" doc:"The id of the latest dispute."`
	Attempts       []attemptView     `json:"attempts"`
	CreatedAt      time.Time         `json:"created_at"`
	SucceededAt    *time.Time        `json:"succeeded_at"`
	SettledAt      *time.Time        `json:"settled_at" doc:"When the money came to the bank."`
	Version        int64             `json:"version"`
	Actions        []endpoint.Action `json:"available_actions"`
}

type nextActionView struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

// FailureView shows why a charge failed.
type FailureView struct {
	Code    string              `json:"code" example:"insufficient_funds"`
	Kind    payment.FailureKind `json:"kind" doc:"Another try may succeed after a soft one."`
	Message string              `json:"message"`
}

// attemptView shows one charge.
type attemptView struct {
	N              int            `json:"n"`
	IdempotencyKey string         `json:"idempotency_key" doc:"By which the gateway tells a repeat from another charge."`
	PaymentMethod  string         `json:"payment_method"`
	Amount         Money          `json:"amount"`
	Status         payment.Status `json:"status"`
	Failure        *FailureView   `json:"failure"`
	RequestedAt    time.Time      `json:"requested_at"`
	AnsweredAt     *time.Time     `json:"answered_at"`
}

// FailureOf shows a failure; nil for none.
func FailureOf(f *payment.Failure) *FailureView {
	if f == nil {
		return nil
	}
	return new(FailureView(*f))
}

// InUTC gives an instant in UTC; nil for none.
func InUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}

// gatewayManual stands for the gateway of money that was recorded by hand.
const gatewayManual = "manual"

// PaymentOf shows a payment at an instant, with what goes back of it.
func PaymentOf(s payment.State, version int64, returned money.Amount, now time.Time) Payment {
	leading := s.Leading()
	shown := Payment{
		ID: s.ID, Workspace: s.Workspace, Invoice: endpoint.OrNull(s.Invoice), Amount: MoneyOf(leading.Amount),
		AmountRefunded: MoneyOf(returned), Fee: MoneyOrNull(leading.Fee), Status: s.Status(), Gateway: leading.Gateway,
		Reference: endpoint.OrNull(leading.Reference), PaymentMethod: endpoint.OrNull(leading.PaymentMethod), Failure: FailureOf(leading.Failure),
		CreatedAt: s.CreatedAt.UTC(), Version: version, Actions: endpoint.ActionsOf(s.AvailableActions()), Attempts: []attemptView{},
	}
	if a := leading.NextAction; a != nil {
		shown.NextAction = &nextActionView{URL: a.URL, ExpiresAt: a.ExpiresAt.UTC()}
	}
	if leading.Status == payment.StatusSucceeded {
		shown.SucceededAt = InUTC(leading.AnsweredAt)
	}
	if at := leading.SettlesAt; at != nil && !now.Before(*at) {
		shown.SettledAt = InUTC(at)
	}
	if n := len(s.Disputes); n > 0 {
		shown.Dispute = &s.Disputes[n-1].ID
	}
	if leading.Gateway == gatewayManual {
		shown.RecordedAs, shown.Reference = shown.Reference, nil
		return shown
	}
	for _, a := range s.Attempts {
		shown.Attempts = append(shown.Attempts, attemptView{
			N: a.N, IdempotencyKey: a.Key, PaymentMethod: a.PaymentMethod, Amount: MoneyOf(a.Amount), Status: a.Status,
			Failure: FailureOf(a.Failure), RequestedAt: a.RequestedAt.UTC(), AnsweredAt: InUTC(a.AnsweredAt),
		})
	}
	return shown
}
