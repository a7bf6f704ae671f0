package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/entitlement"
)

// ofFeature tells of overrides, uses of features, and the license that is a plan.
func ofFeature(event domain.Event) string {
	switch e := event.(type) {
	case entitlement.OverrideSet:
		text := fmt.Sprintf("The feature %s was overridden", e.Key)
		if e.Override.Removed {
			text = fmt.Sprintf("The feature %s was removed", e.Key)
		}
		if e.Override.Until != nil {
			text += " until " + at(*e.Override.Until)
		}
		return text + because(e.Override.Reason)
	case entitlement.OverrideRemoved:
		return fmt.Sprintf("The feature %s is as the plan says again", e.Key)
	case entitlement.Used:
		if e.Amount < 0 {
			return fmt.Sprintf("%d of %s were given back, %d are used", -e.Amount, e.Key, e.Used)
		}
		return fmt.Sprintf("%d of %s were used, %d in all", e.Amount, e.Key, e.Used)
	case entitlement.Licensed:
		return fmt.Sprintf("A license is the plan: %s with %s", e.License.Product, counted(e.License.Seats, "seat"))
	case entitlement.LicenseConfirmed:
		return "The license was confirmed"
	case entitlement.Unlicensed:
		return "A license is the plan no more"
	}
	return ""
}
