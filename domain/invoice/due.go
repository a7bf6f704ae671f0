package invoice

import (
	"time"

	"github.com/tallystick/tallystick/domain/period"
)

// DueAt computes when an invoice is due that is issued at an instant: so many civil days later in the zone, at the same time of
// day there. A time of day that the due day skips becomes the end of the gap, and one that it has twice the first of the two.
func DueAt(issued time.Time, days int, timeZone string) (time.Time, error) {
	zone, err := loadZone(timeZone)
	if err != nil || days == 0 {
		return issued, err
	}
	return period.DaysLater(issued, days, zone, period.ProrationSecond), nil
}

// OverdueFrom tells when the invoice becomes overdue if it is not paid: as the civil day ends on which it is due. It is nil
// where nothing is due.
func (s State) OverdueFrom() *time.Time {
	if s.DueAt == nil {
		return nil
	}
	zone, err := loadZone(s.TimeZone)
	if err != nil {
		return s.DueAt // the release that issued it knew the zone, and this one does not
	}
	return new(period.Midnight(period.DateIn(*s.DueAt, zone).AddDays(1), zone))
}

// Overdue reports whether an issued invoice is to be paid and its due day is over.
func (s State) Overdue(now time.Time) bool {
	from := s.OverdueFrom()
	return s.Status == StatusFinalized && s.PaymentStatus == PaymentPending && from != nil && !now.Before(*from)
}

// loadZone takes the default for the zone of an invoice that has none.
func loadZone(name string) (*time.Location, error) {
	if name == "" {
		name = period.TimeZoneDefault
	}
	return period.LoadZone(name)
}
