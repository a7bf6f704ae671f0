package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
)

// ofBooks tells of how the books are kept.
func ofBooks(event domain.Event) string {
	switch e := event.(type) {
	case bookkeeping.PolicySet:
		return fmt.Sprintf("The books are kept in %s, and revenue is recognised by the %s", e.TimeZone, e.Recognition)
	case bookkeeping.MonthEnded:
		return fmt.Sprintf("The month %s is over, and what belongs to it is revenue", e.Month)
	case bookkeeping.PeriodClosed:
		return fmt.Sprintf("The period %s of the books is closed", e.Period)
	}
	return ""
}
