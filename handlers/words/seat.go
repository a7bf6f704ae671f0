package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
)

// ofSeat tells of seats and of the limits that they are under.
func ofSeat(event domain.Event) string {
	switch e := event.(type) {
	case seating.LimitsChanged:
		text := fmt.Sprintf("The workspace has %s by its %s", counted(e.Purchased, "seat"), spoken(e.Source))
		if e.Closed {
			text += ", and nobody gets one any more"
		}
		return text
	case seating.Allocated:
		return fmt.Sprintf("%s got a seat as %s", e.Member, e.Role)
	case seating.Reserved:
		text := fmt.Sprintf("%s was invited as %s", e.Member, e.Role)
		if e.ExpiresAt != nil {
			text += ", until " + at(*e.ExpiresAt)
		}
		return text
	case seating.Accepted:
		return fmt.Sprintf("%s accepted the invitation as %s", e.Member, e.Role)
	case seating.RoleChanged:
		return fmt.Sprintf("%s became %s instead of %s", e.Member, e.To, e.From)
	case seating.Released:
		return fmt.Sprintf("%s gave back a seat as %s", e.Member, e.Role)
	case seating.ReservationExpired:
		return fmt.Sprintf("The invitation of %s lapsed at %s", e.Member, at(e.ExpiresAt))
	}
	return ""
}
