package api

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// billingDetailsBody is the body of PUT …/billing-details.
type billingDetailsBody struct {
	Name    string    `json:"name,omitempty" maxLength:"200" example:"Ada Lovelace"`
	Email   string    `json:"email,omitempty" maxLength:"254" example:"ada@example.com"`
	Address multiline `json:"address,omitempty" maxLength:"1000" example:"12 St James's Square\nLondon" doc:"As it is to be printed; lines end with \\n."`
	TaxID   string    `json:"tax_id,omitempty" maxLength:"64" example:"GB123456789"`
	Country string    `json:"country,omitempty" pattern:"^([A-Z]{2})?$" example:"GB" doc:"ISO 3166-1, two letters."`
}

// memberDetailsBody is the body of PUT …/members/{member}/details.
type memberDetailsBody struct {
	Name  string `json:"name,omitempty" maxLength:"200" example:"Ada Lovelace"`
	Email string `json:"email,omitempty" maxLength:"254" example:"ada@example.com"`
}

// billingDetailsView is who a workspace is billed as.
type billingDetailsView struct {
	Name    *string `json:"name"`
	Email   *string `json:"email"`
	Address *string `json:"address"`
	TaxID   *string `json:"tax_id"`
	Country *string `json:"country"`
}

// memberDetailsView is who a member is.
type memberDetailsView struct {
	Name  *string `json:"name"`
	Email *string `json:"email"`
}

// erasedView is all that is left to say.
type erasedView struct {
	ErasedAt time.Time `json:"erased_at"`
}

func viewBillingDetails(d details.Details) billingDetailsView {
	return billingDetailsView{
		Name: given(d.Name), Email: given(d.Email), Address: given(d.Address), TaxID: given(d.TaxID), Country: given(d.Country),
	}
}

func viewMemberDetails(d details.Details) memberDetailsView {
	return memberDetailsView{Name: given(d.Name), Email: given(d.Email)}
}

func (b billingDetailsBody) details() details.Details {
	return details.Details{Name: b.Name, Email: b.Email, Address: string(b.Address), TaxID: b.TaxID, Country: b.Country}
}

func (b memberDetailsBody) details() details.Details {
	return details.Details{Name: b.Name, Email: b.Email}
}

// billingStream and memberStream are what a request's path names.
func billingStream(c *call) domain.Stream { return details.BillingStream(c.workspace()) }

func memberStream(c *call) domain.Stream {
	return details.MemberStream(c.workspace(), c.names[nameMember])
}

func detailsRoutes() []route {
	return append(
		detailsRoutesOf[billingDetailsBody](getBillingDetailsRoute, putBillingDetailsRoute, deleteBillingDetailsRoute, billingStream, viewBillingDetails),
		detailsRoutesOf[memberDetailsBody](getMemberDetailsRoute, putMemberDetailsRoute, deleteMemberDetailsRoute, memberStream, viewMemberDetails)...,
	)
}

// detailsRoutesOf completes the routes of one kind of details, given as B and shown as V.
func detailsRoutesOf[B interface{ details() details.Details }, V any](
	get, put, remove route, stream func(*call) domain.Stream, view func(details.Details) V,
) []route {
	return []route{
		logRoute(get, func(ctx context.Context, tx pgx.Tx, c *call) (V, int64, error) {
			found, ok, err := projections.FindDetails(ctx, tx, c.ledger.ID, stream(c))
			if err == nil && !ok {
				err = details.NotFound()
			}
			return view(found.Details), found.Version, err
		}),
		personalRoute(put, func(c *call, b B) command.Command[struct{}] {
			return command.SetDetails(stream(c), b.details())
		}, func(b B) V { return view(b.details()) }),
		commandRoute(remove, func(c *call, _ noBody) command.Command[time.Time] {
			return command.EraseDetails(stream(c))
		}, func(at time.Time) erasedView { return erasedView{ErasedAt: at.UTC()} }),
	}
}
