package usage

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

// Model builds the read model.
var Model = engine.Projection{
	Name: "usage", Revision: 3, Tables: migrations.ReadModel("usage"), Auditors: true, Apply: apply,
	Reads: []domain.StreamType{catalog.Type, seating.Type, subscription.Type, invoice.Type},
	Skips: append(engine.AllBut(subscription.Type, subscription.Created{}), engine.AllBut(invoice.Type, invoice.Drafted{}, invoice.Credited{})...),
}

// Seats shows a workspace's seats day by day.
type Seats struct {
	TimeZone string
	Days     []Day
	SeatDays int64 // the sum of what is allocated
}

// Day counts the seats of one civil day.
type Day struct {
	Date      period.Date
	Allocated int64 // admins and members with a seat as the day ends
	Purchased int64 // as the day ends; on the free plan the free seats of the time
	HighWater int64 // the most seats in use at once, counted as the seat pool counts them
}

// FindSeats gives the days from from up to but not including to. It leaves out days that have not begun by now; today
// counts as far as it went.
func FindSeats(
	ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, from, to period.Date, now time.Time,
) (Seats, error) {
	usage := Seats{}
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

func apply(ctx context.Context, tx pgx.Tx, page engine.Page) error {
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
	if err := saveCreditNotes(batch, page); err != nil {
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
