package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/paymentlink"
)

// ofLink tells of payment links.
func ofLink(event domain.Event) string {
	switch e := event.(type) {
	case paymentlink.Created:
		if e.Sale == nil {
			return fmt.Sprintf("A payment link over %v was made for an invoice", e.Amount)
		}
		return fmt.Sprintf("A payment link over %v was made for %s at price %s", e.Amount, counted(e.Sale.Seats, "seat"), e.Sale.Terms.Price)
	case paymentlink.Tried:
		return "A payment by a payment link was tried"
	case paymentlink.Completed:
		return "A payment link was paid"
	case paymentlink.Expired:
		return "A payment link expired"
	case paymentlink.Canceled:
		return "A payment link was canceled"
	}
	return ""
}
