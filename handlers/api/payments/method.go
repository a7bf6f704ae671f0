package payments

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

// addMethodBody is the body of POST /v1/workspaces/{workspace}/payment-methods.
type addMethodBody struct {
	Gateway string `json:"gateway" maxLength:"64" example:"sandbox"`
	Token   string `json:"token" maxLength:"500" example:"tok_ok" doc:"By which the gateway knows the method."`
	Default *bool  `json:"default,omitempty" doc:"The first method is the default in any case."`
}

// methodView shows a payment method.
type methodView struct {
	ID        string             `json:"id"`
	Workspace string             `json:"workspace"`
	Gateway   string             `json:"gateway" example:"sandbox"`
	Kind      paymentmethod.Kind `json:"kind"`
	Brand     string             `json:"brand" example:"visa"`
	Last4     string             `json:"last4" example:"4242"`
	ExpMonth  *int               `json:"exp_month" doc:"null where it does not expire."`
	ExpYear   *int               `json:"exp_year"`
	Default   bool               `json:"default"`
	CreatedAt time.Time          `json:"created_at"`
}

// methodsView lists a workspace's payment methods.
type methodsView struct {
	Data []methodView `json:"data" doc:"In the order in which they were added."`
}

func viewMethod(m command.PaymentMethod) methodView {
	shown := methodView{
		ID: m.ID, Workspace: m.Workspace, Gateway: m.Gateway, Kind: m.Kind, Brand: m.Brand, Last4: m.Last4, Default: m.Default,
		CreatedAt: m.CreatedAt.UTC(),
	}
	if m.ExpYear > 0 {
		shown.ExpMonth, shown.ExpYear = &m.ExpMonth, &m.ExpYear
	}
	return shown
}

// addMethod has the gateway look at the token first. The key speaks before its refusal, as before that of a rule.
func addMethod(gateways gateway.Set) func(*endpoint.Call, addMethodBody) command.Command[command.PaymentMethod] {
	return func(c *endpoint.Call, b addMethodBody) command.Command[command.PaymentMethod] {
		described, err := attach(c, gateways, b)
		if err != nil {
			return command.Refuse[command.PaymentMethod](paymentmethod.Stream(c.Workspace()), err)
		}
		return command.AddPaymentMethod(c.Workspace(), paymentmethod.Add{
			ID: endpoint.NewID(), Description: described, Default: domain.Or(b.Default, false),
		})
	}
}

func attach(c *endpoint.Call, gateways gateway.Set, b addMethodBody) (paymentmethod.Description, error) {
	found, err := gateways.Find(c.Ledger, b.Gateway)
	if err != nil {
		return paymentmethod.Description{}, err
	}
	return gateway.Attach(c.Context(), found, c.Ledger, c.Workspace(), b.Token)
}

func setDefaultMethod(c *endpoint.Call) command.Command[command.PaymentMethod] {
	return command.SetDefaultPaymentMethod(c.Workspace(), c.Name("payment_method"))
}

func removeMethod(c *endpoint.Call) command.Command[command.PaymentMethod] {
	return command.RemovePaymentMethod(c.Workspace(), c.Name("payment_method"))
}

func listMethods(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (methodsView, error) {
	found, _, err := projections.FindPaymentMethods(ctx, tx, c.Ledger.ID, c.Workspace())
	if err != nil {
		return methodsView{}, err
	}
	c.SetVersion(found.Version)
	shown := methodsView{Data: []methodView{}}
	for _, m := range found.State.Methods {
		shown.Data = append(shown.Data, viewMethod(command.PaymentMethod{
			Workspace: cmp.Or(found.Workspace, c.Workspace()), Method: m, Default: m.ID == found.State.Default,
		}))
	}
	return shown, nil
}
