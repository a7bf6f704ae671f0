package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// Product is a product as a command leaves it, with its prices in the order of their creation.
type Product struct {
	Product catalog.Product
	Prices  []catalog.Price
}

// CreateProduct adds a product to the catalog.
func CreateProduct(c catalog.CreateProduct) Command[Product] { return onProduct(c.Code, c) }

// ChangeProduct changes the fields of a product that c gives.
func ChangeProduct(c catalog.ChangeProduct) Command[Product] { return onProduct(c.Code, c) }

// ArchiveProduct ends new sales of a product.
func ArchiveProduct(c catalog.ArchiveProduct) Command[Product] { return onProduct(c.Code, c) }

// CreatePrice adds a price to a product.
func CreatePrice(c catalog.CreatePrice) Command[catalog.Price] { return onPrice(c.Code, c) }

// ArchivePrice ends new sales at a price.
func ArchivePrice(c catalog.ArchivePrice) Command[catalog.Price] { return onPrice(c.Code, c) }

// CreateCoupon adds a coupon for new and running subscriptions.
func CreateCoupon(c catalog.CreateCoupon) Command[pricing.Discount] {
	return onCatalog(c, func(after catalog.State) pricing.Discount {
		discount, _ := after.Coupon(c.Code)
		return discount
	})
}

func onProduct(code string, c catalog.Command) Command[Product] {
	return onCatalog(c, func(after catalog.State) Product {
		product, _ := after.Product(code)
		return Product{Product: product, Prices: after.Prices(code)}
	})
}

func onPrice(code string, c catalog.Command) Command[catalog.Price] {
	return onCatalog(c, func(after catalog.State) catalog.Price {
		price, _ := after.Price(code)
		return price
	})
}

func onCatalog[R any](c catalog.Command, result func(catalog.State) R) Command[R] {
	return Command[R]{
		Resource: catalog.Stream(),
		Writes:   []domain.Stream{catalog.Stream()},
		Decide: func(d *eventstore.Decision) (R, error) {
			after, err := apply(d, catalog.Stream(), catalog.Decide, c)
			if err != nil {
				var none R
				return none, err
			}
			return result(after), nil
		},
	}
}

// freePlan returns the present limits of the ledger's free product, nil when it has none.
func freePlan(d *eventstore.Decision) *seating.Limits {
	free, ok := eventstore.StateOf[catalog.State](d, catalog.Stream()).Free()
	if !ok {
		return nil
	}
	return &seating.Limits{
		Source: seating.SourceFree, Product: free.Code, Purchased: free.FreeSeats, GuestsPerSeat: free.GuestsPerSeat,
	}
}
