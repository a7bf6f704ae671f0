package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/license"
)

// ofLicense tells of licenses.
func ofLicense(event domain.Event) string {
	switch e := event.(type) {
	case license.Issued:
		text := fmt.Sprintf("A license of %s with %s was issued to %s", e.Product, counted(e.Seats, "seat"), e.Licensee)
		if e.ExpiresAt != nil {
			text += ", until " + at(*e.ExpiresAt)
		}
		return text
	case license.SeatsChanged:
		return fmt.Sprintf("The license's seats changed from %d to %d", e.From, e.To)
	case license.FeaturesChanged:
		return fmt.Sprintf("The license's own features changed: there are %d", len(e.Features))
	case license.PlanChanged:
		return fmt.Sprintf("The license is of the price %s now", e.Price)
	case license.Suspended:
		return "The license was suspended" + because(e.Reason)
	case license.Reinstated:
		return "The license was reinstated"
	case license.Renewed:
		if e.ExpiresAt == nil {
			return "The license does not end any more"
		}
		return "The license was renewed until " + at(*e.ExpiresAt)
	case license.Revoked:
		return "The license was revoked" + because(e.Reason)
	case license.KeyRotated:
		return "The license has another key"
	case license.Expiring:
		return "The license expires on " + at(e.ExpiresAt)
	case license.Expired:
		return "The license expired"
	}
	return ""
}

// ofInstance tells of the installations that use a license.
func ofInstance(event domain.Event) string {
	switch e := event.(type) {
	case license.Activated:
		return fmt.Sprintf("The installation %s was activated", e.Instance)
	case license.Deactivated:
		return fmt.Sprintf("The installation %s was deactivated", e.Instance)
	case license.InstanceDied:
		return fmt.Sprintf("Nothing was heard of the installation %s for too long", e.Instance)
	case license.InstanceReturned:
		return fmt.Sprintf("The installation %s was heard of again", e.Instance)
	case license.FileIssued:
		return fmt.Sprintf("A license file was made for the installation %s, until %s", e.Instance, at(e.ExpiresAt))
	}
	return ""
}
