package catalog

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Stream is the one stream of a ledger's catalog.
func Stream() domain.Stream { return domain.NewStream("catalog", "main") }

// State is what a ledger sells, archived things included.
type State struct {
	products index[Product]
	prices   index[Price]
	coupons  index[pricing.Discount]
	free     string // the code of the free product that is not archived
	bytes    int
}

// Product is something that is sold or had for free. Its maps must not be written to.
type Product struct {
	Code          string   `json:"code"`
	Name          string   `json:"name"`
	Family        string   `json:"family"`
	Tier          int      `json:"tier"`
	Features      Features `json:"features"`
	Limits        Limits   `json:"limits"`
	GuestsPerSeat int64    `json:"guests_per_seat"`
	Free          bool     `json:"free"`
	FreeSeats     int64    `json:"free_seats"`
	Archived      bool     `json:"archived"`
}

// Price is one way to buy a product.
type Price struct {
	Terms    pricing.Terms `json:"terms"`
	Archived bool          `json:"archived"`
}

// Product finds a product by its code.
func (s State) Product(code string) (Product, bool) { return s.products.get(code) }

// Price finds a price by its code.
func (s State) Price(code string) (Price, bool) { return s.prices.get(code) }

// Coupon finds the discount of a coupon by its code.
func (s State) Coupon(code string) (pricing.Discount, bool) { return s.coupons.get(code) }

// Coupons are the discounts of all coupons in the order of their creation.
func (s State) Coupons() []pricing.Discount { return s.coupons.inOrder() }

// Free is the product that workspaces without a plan have, if there is one.
func (s State) Free() (Product, bool) { return s.products.get(s.free) }

// Products are all products in the order of their creation.
func (s State) Products() []Product { return s.products.inOrder() }

// Prices are the prices of a product in the order of their creation.
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

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State {
	switch e := event.(type) {
	case ProductCreated:
		s.products = s.products.with(e.Product, Product{
			Code: e.Product, Name: e.Name, Family: e.Family, Tier: e.Tier, Features: e.Features, Limits: e.Limits,
			GuestsPerSeat: e.GuestsPerSeat, Free: e.Free, FreeSeats: e.FreeSeats,
		})
		s.bytes += 300 + sizeOf(e.Features, e.Limits)
		if e.Free {
			s.free = e.Product
		}
	case ProductChanged:
		product, _ := s.Product(e.Product)
		s.bytes += sizeOf(e.Features, e.Limits) - sizeOf(product.Features, product.Limits)
		product.Name, product.Features, product.Limits = e.Name, e.Features, e.Limits
		s.products = s.products.with(e.Product, product)
	case ProductArchived:
		product, _ := s.Product(e.Product)
		product.Archived = true
		s.products = s.products.with(e.Product, product)
		if s.free == e.Product {
			s.free = ""
		}
	case PriceCreated:
		s.prices = s.prices.with(e.Terms.Price, Price{Terms: e.Terms})
		s.bytes += 500 + 64*len(e.Terms.Tiers)
	case PriceArchived:
		price, _ := s.Price(e.Price)
		price.Archived = true
		s.prices = s.prices.with(e.Price, price)
	case CouponCreated:
		s.coupons = s.coupons.with(e.Discount.Coupon, e.Discount)
		s.bytes += 300
	}
	return s
}

func sizeOf(features Features, limits Limits) int {
	size := 100 * len(limits)
	for key, value := range features {
		size += 64 + len(key) + len(value)
	}
	return size
}
