package details

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// billingDetailsBody is the body of PUT …/billing-details.
type billingDetailsBody struct {
	Name    string             `json:"name,omitempty" null:"unset" maxLength:"200" example:"Ada Lovelace"`
	Email   string             `json:"email,omitempty" null:"unset" maxLength:"254" example:"ada@example.com"`
	Address endpoint.Multiline `json:"address,omitempty" null:"unset" maxLength:"1000" example:"12 St James's Square\nLondon" doc:"As it is to be printed; lines end with \\n."`
	TaxID   string             `json:"tax_id,omitempty" null:"unset" maxLength:"64" example:"GB123456789"`
	Country string             `json:"country,omitempty" null:"unset" pattern:"^([A-Z]{2})?$" example:"GB" doc:"ISO 3166-1, two letters."`
}

// memberDetailsBody is the body of PUT …/members/{member}/details.
type memberDetailsBody struct {
	Name  string `json:"name,omitempty" null:"unset" maxLength:"200" example:"Ada Lovelace"`
	Email string `json:"email,omitempty" null:"unset" maxLength:"254" example:"ada@example.com"`
}

// billingDetailsView shows who a workspace is billed as.
type billingDetailsView struct {
	Name    *string `json:"name" personal:"yes"`
	Email   *string `json:"email" personal:"yes"`
	Address *string `json:"address" personal:"yes"`
	TaxID   *string `json:"tax_id" personal:"yes"`
	Country *string `json:"country" personal:"yes"`
}

// memberDetailsView shows who a member is.
type memberDetailsView struct {
	Name  *string `json:"name" personal:"yes"`
	Email *string `json:"email" personal:"yes"`
}

// erasedView says all that is left to say.
type erasedView struct {
	ErasedAt time.Time `json:"erased_at"`
}

// body is a request's details of one kind.
type body interface{ details() details.Details }

func (b billingDetailsBody) details() details.Details {
	return details.Details{Name: b.Name, Email: b.Email, Address: string(b.Address), TaxID: b.TaxID, Country: b.Country}
}

func (b memberDetailsBody) details() details.Details {
	return details.Details{Name: b.Name, Email: b.Email}
}

func viewBilling(d details.Details) billingDetailsView {
	return billingDetailsView{
		Name: endpoint.OrNull(d.Name), Email: endpoint.OrNull(d.Email), Address: endpoint.OrNull(d.Address),
		TaxID: endpoint.OrNull(d.TaxID), Country: endpoint.OrNull(d.Country),
	}
}

func viewMember(d details.Details) memberDetailsView {
	return memberDetailsView{Name: endpoint.OrNull(d.Name), Email: endpoint.OrNull(d.Email)}
}

func viewErased(at time.Time) erasedView { return erasedView{ErasedAt: at.UTC()} }

// viewBody shows a request's details as they will be found.
func viewBody[B body, V any](view func(details.Details) V) func(B) V {
	return func(b B) V { return view(b.details()) }
}

// naming gives the stream of the details that a path names.
type naming func(*endpoint.Call) domain.Stream

func billingStream(c *endpoint.Call) domain.Stream { return details.BillingStream(c.Workspace()) }

func memberStream(c *endpoint.Call) domain.Stream {
	return details.MemberStream(c.Workspace(), c.Name("member"))
}

func find[V any](stream naming, view func(details.Details) V) endpoint.Reading[V] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (V, error) {
		found, ok, err := projections.FindDetails(ctx, tx, c.Ledger.ID, stream(c))
		if err == nil && !ok {
			err = details.NotFound()
		}
		c.SetVersion(found.Version)
		return view(found.Details), err
	}
}

func set[B body](stream naming) func(*endpoint.Call, B) command.Command[struct{}] {
	return func(c *endpoint.Call, b B) command.Command[struct{}] {
		return command.SetDetails(stream(c), b.details())
	}
}

func erase(stream naming) func(*endpoint.Call) command.Command[time.Time] {
	return func(c *endpoint.Call) command.Command[time.Time] {
		return command.EraseDetails(stream(c))
	}
}
