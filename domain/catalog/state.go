package catalog

import (
	"encoding/json"
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("catalog", Evolve,
	ProductCreated{}, ProductChanged{}, ProductArchived{}, PriceCreated{}, PriceArchived{}, CouponCreated{},
)

// Stream names the one stream of a ledger's catalog.
func Stream() domain.Stream { return domain.NewStream("catalog", "main") }

// State holds what a ledger sells, archived things included.
type State struct {
	products index[Product]
	prices   index[Price]
	coupons  index[pricing.Discount]
	free     string // the code of the free product that is not archived
	bytes    int
}

// MarshalJSON shows all that is sold, in the order in which it came.
func (s State) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Products []Product          `json:"products"`
		Prices   []Price            `json:"prices"`
		Coupons  []pricing.Discount `json:"coupons"`
	}{s.Products(), s.prices.inOrder(), s.Coupons()})
}

// Product finds a product by its code.
func (s State) Product(code string) (Product, bool) { return s.products.get(code) }

// Price finds a price by its code.
func (s State) Price(code string) (Price, bool) { return s.prices.get(code) }

// Coupon finds the discount of a coupon by its code.
func (s State) Coupon(code string) (pricing.Discount, bool) { return s.coupons.get(code) }

// Coupons gives the discounts of all coupons in the order of their creation.
func (s State) Coupons() []pricing.Discount { return s.coupons.inOrder() }

// Free finds the product that workspaces without a plan have, if there is one.
func (s State) Free() (Product, bool) { return s.products.get(s.free) }

// Products gives all products in the order of their creation.
func (s State) Products() []Product { return s.products.inOrder() }

// Prices gives the prices of a product in the order of their creation.
func (s State) Prices(product string) []Price {
	var prices []Price
	for _, price := range s.prices.inOrder() {
		if price.Terms.Product == product {
			prices = append(prices, price)
		}
	}
	return prices
}

// ForSale gives the terms that a new sale at a price has. Rejections: price_not_found, and price_archived or
// product_archived, which end new sales.
func (s State) ForSale(code string) (pricing.Terms, error) {
	price, ok := s.Price(code)
	if !ok {
		return pricing.Terms{}, domain.NotFound("price_not_found", "there is no price %q", code)
	}
	if price.Archived {
		return pricing.Terms{}, domain.Conflict("price_archived", "price %s is archived: it has no new sales", code)
	}
	if product, _ := s.Product(price.Terms.Product); product.Archived {
		return pricing.Terms{}, productArchived(product.Code)
	}
	return price.Terms, nil
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + s.bytes }

// Fact is an event of the catalog with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }
