package api

import (
	"net/http"

	"github.com/tallystick/tallystick/handlers/command"
)

// offersView is what a workspace can buy.
type offersView struct {
	BillableMembers int64       `json:"billable_members" doc:"Admins and members who have a seat or an invitation."`
	Data            []offerView `json:"data" doc:"In the order of the products' creation."`
}

type offerView struct {
	Product string             `json:"product"`
	Prices  []offeredPriceView `json:"prices" doc:"In the order of their creation."`
}

type offeredPriceView struct {
	Price    string    `json:"price"`
	Seats    int64     `json:"seats" doc:"As many as there are billable members, and no fewer than the price's min_seats."`
	Subtotal moneyView `json:"subtotal"`
	Tax      moneyView `json:"tax"`
	Total    moneyView `json:"total" doc:"For a full period, before discounts."`
	Change   string    `json:"change" enum:"current,upgrade,downgrade,new" doc:"From the present subscription; new where there is none, or where the price is in another currency or, during a trial, of another family, so that only a new subscription can have it."`
}

var listOffersRoute = route{
	method: http.MethodGet, path: "/v1/workspaces/{workspace}/products", id: "list-offers", tag: tagCatalog, roles: everyRole,
	summary: "What a workspace would pay for all that is for sale", status: http.StatusOK,
	text: "Archived products and prices are left out, and prices whose max_seats are fewer than the billable members. The ETag " +
		"is the subscription's.",
}

func offerRoutes() []route {
	return []route{askQueryRoute(listOffersRoute, func(c *call) command.Command[command.Offers] {
		return command.FindOffers(c.workspace())
	}, viewOffers)}
}

func viewOffers(_ *call, o command.Offers) offersView {
	view := offersView{BillableMembers: o.BillableMembers, Data: make([]offerView, 0, len(o.Products))}
	for _, product := range o.Products {
		shown := offerView{Product: product.Product, Prices: make([]offeredPriceView, len(product.Prices))}
		for i, price := range product.Prices {
			shown.Prices[i] = offeredPriceView{
				Price: price.Price, Seats: price.Seats, Subtotal: viewMoney(price.Bill.Subtotal), Tax: viewMoney(price.Bill.Tax),
				Total: viewMoney(price.Bill.Total), Change: string(price.Change),
			}
		}
		view.Data = append(view.Data, shown)
	}
	return view
}
