package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/domain/tax"
)

// ofCatalog tells of products, prices and coupons.
func ofCatalog(event domain.Event) string {
	switch e := event.(type) {
	case catalog.ProductCreated:
		return fmt.Sprintf("The product %s was created", e.Product)
	case catalog.ProductChanged:
		return fmt.Sprintf("The product %s was changed", e.Product)
	case catalog.ProductArchived:
		return fmt.Sprintf("The product %s was archived", e.Product)
	case catalog.PriceCreated:
		return fmt.Sprintf("The price %s of the product %s was created", e.Terms.Price, e.Terms.Product)
	case catalog.PriceArchived:
		return fmt.Sprintf("The price %s of the product %s was archived", e.Price, e.Product)
	case catalog.CouponCreated:
		return fmt.Sprintf("The coupon %s was created", e.Discount.Coupon)
	}
	return ""
}

// ofRest tells of details, taxes, items, the seller and the clock. What the details are is personal.
func ofRest(event domain.Event) string {
	switch e := event.(type) {
	case details.Set:
		return "Personal details were set"
	case details.Erased:
		return "Personal details were erased"
	case seller.Set:
		return "The seller's profile was set"
	case tax.Set:
		text := "The tax is " + spoken(e.Tax.Treatment)
		if e.Tax.Rate != "" {
			text = "The tax rate is " + e.Tax.Rate
		}
		return text + " from now on" + because(e.Tax.Reason)
	case item.Added:
		return fmt.Sprintf("The item %q waits for the next invoice: %d at %s %s", e.Item.Description, e.Item.Quantity, e.Item.UnitAmount, e.Item.Currency)
	case item.Removed:
		return "An item was taken off the next invoice"
	case item.Billed:
		return counted(int64(len(e.Items)), "item") + " went on an invoice"
	case audit.Restarted:
		return fmt.Sprintf("The audit was restarted with tree %d", e.Tree) + because(e.Reason)
	case clock.Advanced:
		return "The clock was advanced to " + at(e.To)
	}
	return ""
}
