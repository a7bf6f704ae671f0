package dunning

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
)

// Settlement tells what becomes of what was charged and will not be used, when a subscription is canceled.
type Settlement string

const (
	SettlementCredit Settlement = "credit" // what of it was paid becomes the workspace's credit
	SettlementNone   Settlement = "none"
)

// Settlements lists all of them.
var Settlements = []Settlement{SettlementCredit, SettlementNone}

// Policy tells on which days after the due date something happens to what is not paid.
type Policy struct {
	RetryDays         []int      `json:"retry_days"`
	RestrictAfterDays int        `json:"restrict_after_days"`
	CancelAfterDays   *int       `json:"cancel_after_days"` // null: never
	Settlement        Settlement `json:"settlement"`
}

// Default gives the policy of a ledger that has set none.
func Default() Policy {
	return Policy{RetryDays: []int{1, 3, 5, 7}, RestrictAfterDays: 14, CancelAfterDays: new(28), Settlement: SettlementCredit}
}

func (p Policy) equal(other Policy) bool {
	return slices.Equal(p.RetryDays, other.RetryDays) && p.RestrictAfterDays == other.RestrictAfterDays &&
		(p.CancelAfterDays == nil) == (other.CancelAfterDays == nil) && domain.Or(p.CancelAfterDays, 0) == domain.Or(other.CancelAfterDays, 0) &&
		p.Settlement == other.Settlement
}

const (
	// daysMax bounds the days after the due date.
	daysMax = 365
	// retriesMax bounds the attempts after the first.
	retriesMax = 30
)

// check checks retry_days_invalid, restrict_after_days_invalid, cancel_after_days_invalid and settlement_invalid.
func (p Policy) check() error {
	var check domain.Check
	check.Require(len(p.RetryDays) <= retriesMax, "/retry_days", "retry_days_invalid", "retry_days must be at most %d days", retriesMax)
	before := 0
	for i, days := range p.RetryDays {
		check.Require(days > before && days <= daysMax, domain.Pointer("retry_days", i), "retry_days_invalid",
			"retry_days must be ascending, each from 1 to %d", daysMax)
		before = max(before, days)
	}
	check.Require(p.RestrictAfterDays >= 1 && p.RestrictAfterDays <= daysMax, "/restrict_after_days", "restrict_after_days_invalid",
		"restrict_after_days must be from 1 to %d", daysMax)
	end := domain.Or(p.CancelAfterDays, daysMax)
	check.Require(end <= daysMax && (p.CancelAfterDays == nil || end > p.RestrictAfterDays), "/cancel_after_days", "cancel_after_days_invalid",
		"cancel_after_days must be null, or more than restrict_after_days and at most %d", daysMax)
	check.Require(slices.Contains(Settlements, p.Settlement), "/settlement", "settlement_invalid", "settlement must be credit or none")
	return check.Rejection()
}

// Due tells when an invoice is due, and where its days are counted.
type Due struct {
	At       time.Time
	TimeZone string // UTC where it is empty or not known
}

// Step gives the instant at which a day after the due date begins.
func (d Due) Step(days int) time.Time {
	zone, err := period.LoadZone(d.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return period.Midnight(period.DateIn(d.At, zone).AddDays(days), zone)
}

// NextRetry gives the first instant after now at which the money is tried to be collected again; ok is false where there is none.
func (p Policy) NextRetry(due Due, now time.Time) (next time.Time, ok bool) {
	for _, days := range p.RetryDays {
		if at := due.Step(days); at.After(now) {
			return at, true
		}
	}
	return time.Time{}, false
}

// Ladder gives the instants at which a subscription is restricted and canceled; cancel is nil where it never is.
func (p Policy) Ladder(due Due) (restrict time.Time, cancel *time.Time) {
	if p.CancelAfterDays != nil {
		cancel = new(due.Step(*p.CancelAfterDays))
	}
	return due.Step(p.RestrictAfterDays), cancel
}
