package projections

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Usage is who had a seat from when to when, how many seats were bought, and what each invoice bills, so that seat-days
// and members' shares of an invoice are of one position.
//
// Instants are kept, and days are made of them when somebody asks, in the time zone of the workspace's latest
// subscription, and UTC without one. A day counts as it ends, because the day of a change belongs to what comes after: a
// seat given on the 11th of a month of 31 days is held for 21 of them, and one taken back on the 17th for 16. So the days
// of two ranges that meet add up.
//
// A seat is held by an admin or member from its allocation to its release. Guests hold none, and an invitation holds none
// either: it keeps a seat in use, which the high-water mark counts until the invitation lapses, whether or not an event
// says so yet, and what that seat costs is nobody's until it is accepted.
var Usage = engine.Projection{
	Name: "usage", Revision: 1, Tables: migrations.ReadModel("usage"), Apply: applyUsage,
	Reads: []domain.StreamType{catalog.Type, seating.Type, subscription.Type, invoice.Type},
	Skips: append(others(subscription.Type, subscription.Created{}), others(invoice.Type, invoice.Drafted{})...),
}

// SeatUsage is a workspace's seats day by day.
type SeatUsage struct {
	TimeZone string
	Days     []UsageDay
	SeatDays int64 // the sum of what is allocated
}

// UsageDay is one civil day.
type UsageDay struct {
	Date      period.Date
	Allocated int64 // admins and members with a seat as the day ends
	Purchased int64 // as the day ends; on the free plan the free seats of the time
	HighWater int64 // the most seats in use at once, counted as [SeatPool] counts them
}

// FindUsage gives the days from from up to but not including to. Days that have not begun by now are left out, and today
// is what it is so far.
func FindUsage(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, from, to period.Date, now time.Time,
) (SeatUsage, error) {
	usage := SeatUsage{}
	var zone *time.Location
	var err error
	if usage.TimeZone, zone, err = findZone(ctx, tx, ledger, workspace); err != nil {
		return usage, fmt.Errorf("find the usage of %s: %w", workspace, err)
	}
	if tomorrow := period.DateIn(now, zone).AddDays(1); tomorrow.Before(to) {
		to = tomorrow
	}
	days := newCalendar(from, max(0, from.DaysUntil(to)), zone)
	history, err := loadSeatHistory(ctx, tx, ledger, workspace, days)
	if err != nil {
		return usage, fmt.Errorf("find the usage of %s: %w", workspace, err)
	}
	usage.Days = history.count(days)
	for _, day := range usage.Days {
		usage.SeatDays += day.Allocated
	}
	return usage, nil
}

func applyUsage(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	spans, err := foldSpans(ctx, tx, page)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	spans.save(batch, page.Ledger)
	savePlanChanges(batch, page)
	saveFreePlans(batch, page)
	saveZones(batch, page)
	if err := saveBills(batch, page); err != nil {
		return err
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write usage: %w", err)
	}
	return nil
}
