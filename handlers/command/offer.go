package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/eventstore"
)

// Offers lists the products that a workspace can buy.
type Offers struct {
	BillableMembers int64
	Products        []Offer
}

// Offer is a product with those of its prices that allow as many seats as the workspace needs.
type Offer struct {
	Product string
	Prices  []OfferedPrice
}

// OfferedPrice is a price for so many seats. Bill is for a full period, before discounts.
type OfferedPrice struct {
	Price  string
	Terms  pricing.Terms
	Seats  int64
	Bill   pricing.Bill
	Change pricing.Change
}

// FindOffers prices everything that is for sale for the workspace's members, and compares each price to the workspace's
// present plan. It writes nothing and is never refused.
func FindOffers(name string) Command[Offers] { return FindOffersFor(name, 0) }

// FindOffersFor works as [FindOffers] does, for at least so many seats.
func FindOffersFor(name string, seats int64) Command[Offers] {
	reads := []domain.Stream{catalog.Stream(), subscription.Stream(name), seating.Stream(name), tax.Stream(name)}
	return Command[Offers]{
		Resource: subscription.Stream(name),
		Reads:    reads,
		Decide: func(d *eventstore.Decision) (Offers, error) {
			w := &workspace{d: d, name: name}
			offers := Offers{BillableMembers: w.seatsInUse()}
			current, override := w.subscription().At(d.Now()), eventstore.StateOf[tax.State](d, tax.Stream(name)).Override()
			shop := eventstore.StateOf[catalog.State](d, catalog.Stream())
			for _, product := range shop.Products() {
				prices, err := offered(shop, product.Code, current, override, max(offers.BillableMembers, seats))
				if err != nil {
					return Offers{}, err
				}
				if len(prices) > 0 {
					offers.Products = append(offers.Products, Offer{Product: product.Code, Prices: prices})
				}
			}
			return offers, nil
		},
	}
}

// offered returns the prices of a product that are for sale and allow so many seats.
func offered(shop catalog.State, product string, current subscription.State, override *pricing.Tax, wanted int64) ([]OfferedPrice, error) {
	var prices []OfferedPrice
	for _, price := range shop.Prices(product) {
		terms, refused := shop.ForSale(price.Terms.Price)
		seats := max(wanted, terms.MinSeats)
		if refused != nil || !terms.AllowsSeats(seats) {
			continue
		}
		bill, err := override.Over(terms).Bill(seats)
		if err != nil {
			return nil, err
		}
		prices = append(prices, OfferedPrice{Price: terms.Price, Terms: terms, Seats: seats, Bill: bill, Change: current.ChangeTo(terms)})
	}
	return prices, nil
}
