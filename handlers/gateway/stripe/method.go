package stripe

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// methodID is the form of the ids of payment methods.
var methodID = regexp.MustCompile(`^pm_[A-Za-z0-9_]{1,200}$`)

// join makes the token of a payment method, which names its customer too: Stripe wants both.
func join(customer, method string) string { return customer + "/" + method }

// split takes a token apart.
func split(token string) (customer, method string) {
	customer, method, _ = strings.Cut(token, "/")
	return customer, method
}

// Attach looks a payment method up and gives it to the workspace's customer. It refuses with token_unknown,
// payment_method_declined or gateway_not_configured.
func (g *Gateway) Attach(ctx context.Context, ledger eventstore.Ledger, workspace, token string) (none paymentmethod.Description, err error) {
	if !methodID.MatchString(token) {
		return none, tokenUnknown()
	}
	api, err := g.begin(ctx, ledger)
	if err != nil {
		return none, err
	}
	method, err := findMethod(api, token)
	if err != nil {
		return none, attachRefused(api, err)
	}
	if owner := method.Metadata[metaWorkspace]; owner != "" && owner != workspace {
		return none, tokenUnknown()
	}
	described, err := describe(method)
	if err != nil {
		return none, err
	}
	customer := ""
	if method.Customer != nil {
		customer = method.Customer.ID
	}
	if customer == "" {
		if customer, err = findCustomer(api, ledger, workspace); err != nil {
			return none, err
		}
		if method, err = attach(api, customer, method.ID); err != nil {
			return none, err
		}
	}
	if method.Metadata[metaWorkspace] == "" {
		if err := mark(api, method.ID, workspace); err != nil {
			return none, err
		}
	}
	described.Token = join(customer, method.ID)
	return described, nil
}

// findMethod asks for a payment method. Its error is Stripe's own.
func findMethod(api call, id string) (*stripe.PaymentMethod, error) {
	return request(api, func() (*stripe.PaymentMethod, error) {
		params := &stripe.PaymentMethodRetrieveParams{}
		params.Context = api.ctx
		return api.V1PaymentMethods.Retrieve(api.ctx, id, params)
	})
}

func tokenUnknown() error {
	return domain.InvalidField("/token", "token_unknown", "stripe knows no such payment method")
}

// methodDeclined refuses with payment_method_declined.
func methodDeclined(format string, values ...any) error {
	return &domain.Rejection{Kind: domain.KindDeclined, Code: "payment_method_declined", Message: fmt.Sprintf(format, values...)}
}

// attachRefused tells what it means that Stripe refused a payment method.
func attachRefused(api call, err error) error {
	e, refused := refusal(err)
	switch {
	case refused && e.HTTPStatusCode == http.StatusNotFound:
		return tokenUnknown()
	case refused && (e.HTTPStatusCode == http.StatusPaymentRequired || e.HTTPStatusCode == http.StatusBadRequest):
		return methodDeclined("stripe does not take the payment method: %s", e.Msg)
	}
	return api.explain(err)
}

// queryOf makes the query by which Stripe finds what is of a workspace.
func queryOf(workspace string) string {
	return fmt.Sprintf("metadata['%s']:'%s'", metaWorkspace, strings.ReplaceAll(workspace, `'`, `\'`))
}

// findCustomer finds the workspace's customer, or makes it. Stripe's search may be behind by a minute, which the key bridges.
func findCustomer(api call, ledger eventstore.Ledger, workspace string) (string, error) {
	search := &stripe.CustomerSearchParams{}
	search.Query = queryOf(workspace)
	search.Limit = new(int64(1))
	api.sent.Store(false)
	for found, err := range api.V1Customers.Search(api.ctx, search).All(api.ctx) {
		if err != nil {
			return "", api.explain(err)
		}
		return found.ID, nil
	}
	made, err := request(api, func() (*stripe.Customer, error) {
		params := &stripe.CustomerCreateParams{Description: &workspace, Metadata: map[string]string{metaWorkspace: workspace}}
		params.Context, params.IdempotencyKey = api.ctx, new("customer:"+ledger.ID.String()+":"+workspace)
		return api.V1Customers.Create(api.ctx, params)
	})
	if err != nil {
		return "", api.explain(err)
	}
	return made.ID, nil
}

// attach gives a payment method to a customer, which has Stripe ask its bank.
func attach(api call, customer, method string) (*stripe.PaymentMethod, error) {
	attached, err := request(api, func() (*stripe.PaymentMethod, error) {
		params := &stripe.PaymentMethodAttachParams{Customer: &customer}
		params.Context = api.ctx
		return api.V1PaymentMethods.Attach(api.ctx, method, params)
	})
	if err != nil {
		return nil, attachRefused(api, err)
	}
	return attached, nil
}

// mark notes the workspace on a payment method, so that messages about it tell whose it is.
func mark(api call, method, workspace string) error {
	_, err := request(api, func() (*stripe.PaymentMethod, error) {
		params := &stripe.PaymentMethodUpdateParams{Metadata: map[string]string{metaWorkspace: workspace}}
		params.Context = api.ctx
		return api.V1PaymentMethods.Update(api.ctx, method, params)
	})
	if err != nil {
		return api.explain(err)
	}
	return nil
}

// describe tells what a payment method is. It refuses with payment_method_declined what can't be charged while the customer is
// away.
func describe(m *stripe.PaymentMethod) (d paymentmethod.Description, err error) {
	d = paymentmethod.Description{Gateway: gateway.Stripe, Kind: paymentmethod.KindBankDebit, Brand: string(m.Type)}
	switch {
	case m.Card != nil:
		d.Kind, d.Brand, d.Last4 = paymentmethod.KindCard, string(m.Card.Brand), m.Card.Last4
		d.ExpMonth, d.ExpYear = int(m.Card.ExpMonth), int(m.Card.ExpYear)
	case m.USBankAccount != nil:
		d.Brand, d.Last4 = cmp.Or(m.USBankAccount.BankName, d.Brand), m.USBankAccount.Last4
	case m.SEPADebit != nil:
		d.Last4 = m.SEPADebit.Last4
	case m.BACSDebit != nil:
		d.Last4 = m.BACSDebit.Last4
	case m.AUBECSDebit != nil:
		d.Last4 = m.AUBECSDebit.Last4
	case m.ACSSDebit != nil:
		d.Brand, d.Last4 = cmp.Or(m.ACSSDebit.BankName, d.Brand), m.ACSSDebit.Last4
	case m.NzBankAccount != nil:
		d.Brand, d.Last4 = cmp.Or(m.NzBankAccount.BankName, d.Brand), m.NzBankAccount.Last4
	default:
		return d, methodDeclined("a payment method of the type %s can't be charged later", m.Type)
	}
	return d, nil
}
