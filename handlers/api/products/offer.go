package products

import (
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// offersView shows what a workspace can buy.
type offersView struct {
	BillableMembers int64       `json:"billable_members" doc:"Admins and members who have a seat or an invitation."`
	Data            []offerView `json:"data" doc:"In the order of the products' creation."`
}

type offerView struct {
	Product string             `json:"product"`
	Prices  []offeredPriceView `json:"prices" doc:"In the order of their creation."`
}

type offeredPriceView struct {
	Price    string         `json:"price"`
	Seats    int64          `json:"seats" doc:"As many as there are billable members, and no fewer than the price's min_seats."`
	Subtotal view.Money     `json:"subtotal"`
	Tax      view.Money     `json:"tax"`
	Total    view.Money     `json:"total" doc:"For a full period, before discounts."`
	Change   pricing.Change `json:"change" doc:"From the present subscription; new where there is none, or where the price is in another currency or, during a trial, of another family, so that only a new subscription can have it."`
}

func viewOffers(_ *endpoint.Call, o command.Offers) offersView {
	all := offersView{BillableMembers: o.BillableMembers, Data: make([]offerView, 0, len(o.Products))}
	for _, product := range o.Products {
		shown := offerView{Product: product.Product, Prices: make([]offeredPriceView, len(product.Prices))}
		for i, price := range product.Prices {
			shown.Prices[i] = offeredPriceView{
				Price: price.Price, Seats: price.Seats, Subtotal: view.MoneyOf(price.Bill.Subtotal), Tax: view.MoneyOf(price.Bill.Tax),
				Total: view.MoneyOf(price.Bill.Total), Change: price.Change,
			}
		}
		all.Data = append(all.Data, shown)
	}
	return all
}
