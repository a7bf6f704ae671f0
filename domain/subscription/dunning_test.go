package subscription

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

func TestDunning(t *testing.T) {
	t.Parallel()
	missed := func(t *testing.T) (*story, string) {
		t.Helper()
		s := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		owed := s.state.Owed[0].Invoice
		return s.do(MissPayment{Invoice: owed}, "became_past_due", "dunning_began"), owed
	}
	t.Run("restricts and cancels", func(t *testing.T) {
		t.Parallel()
		s, owed := missed(t)
		if d := s.state.Dunning(); !d.Since.Equal(day(2026, 7, 1)) || !slices.Equal(d.Invoices, []string{owed}) ||
			!d.RestrictAt.Equal(day(2026, 7, 15)) || !d.CancelAt.Equal(day(2026, 7, 29)) {
			t.Errorf("%+v", d)
		}
		s.at("2026-07-14T23:59:59Z").do(Run{}).status(StatusPastDue).at("07-15").do(Run{}, "restricted").status(StatusRestricted).
			actions(ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats, ActionCancel, ActionChangeCollection).
			do(ChangeSeats{Seats: 2}, "change_scheduled seats 08-01").
			at("07-29").do(Run{}, "change_unscheduled ending", "canceled unpaid", "taken_back credit -2.90").do(Run{}).status(StatusCanceled)
		if s.state.Dunning() != nil {
			t.Errorf("%+v", s.state.Dunning())
		}
	})
	t.Run("recovers at once", func(t *testing.T) {
		t.Parallel()
		s, owed := missed(t)
		s.at("07-15").do(Run{}, "restricted").at("07-20").do(Settle{Invoice: owed}, "invoice_settled", "recovered").status(StatusActive).
			at("07-29").do(Run{}).status(StatusActive)
	})
	t.Run("cancels before a renewal of the same instant", func(t *testing.T) {
		t.Parallel()
		s, _ := missed(t)
		s.state.Owed[0].Ladder = &Ladder{DueAt: s.now, RestrictAt: day(2026, 7, 15), CancelAt: new(day(2026, 8, 1)), Settlement: SettlementCredit}
		s.at("07-15").do(Run{}, "restricted").at("08-01").do(Run{}, "canceled unpaid").do(Run{})
	})
	t.Run("keeps what was charged, or never cancels, by its policy", func(t *testing.T) {
		t.Parallel()
		s, _ := missed(t)
		s.state.Owed[0].Ladder = &Ladder{DueAt: s.now, RestrictAt: day(2026, 7, 2), CancelAt: new(day(2026, 7, 3)), Settlement: SettlementNone}
		s.at("07-03").do(Run{}, "restricted").do(Run{}, "canceled unpaid").do(Run{})
		s, _ = missed(t)
		s.state.Owed[0].Ladder = &Ladder{DueAt: s.now, RestrictAt: day(2026, 7, 2), Settlement: SettlementCredit}
		s.at("07-31").do(Run{}, "restricted").do(Run{}).status(StatusRestricted)
	})
	t.Run("an end that was asked for goes first", func(t *testing.T) {
		t.Parallel()
		s, _ := missed(t)
		s.do(Cancel{When: "2026-07-29T00:00:00Z", Settlement: new(SettlementNone)}, "cancellation_scheduled 07-29").
			at("07-29").do(Run{}, "restricted").do(Run{}, "canceled requested")
	})
	t.Run("counts from what fell due first", func(t *testing.T) {
		t.Parallel()
		s, first := missed(t)
		s.state.Owed[0].Ladder.CancelAt = nil
		s.at("08-01").do(Run{}, "restricted").do(Run{}, "renewed 08-01 09-01", "billed renewal 30.00").
			at("08-02").do(Run{}, "became_past_due", "dunning_began").status(StatusRestricted)
		s.do(Settle{Invoice: first}, "invoice_settled", "restriction_lifted").status(StatusPastDue).
			at("08-14").do(Run{}).at("08-15").do(Run{}, "restricted").at("08-29").do(Run{}, "canceled unpaid", "taken_back credit -2.90")
	})
	t.Run("is held while a gateway may be taking the money", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionAutomatic).at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		owed := s.state.Owed[0].Invoice
		s.do(Hold{Invoice: "other"}).do(Release{Invoice: owed}).do(Hold{Invoice: owed}, "dunning_held").do(Hold{Invoice: owed}).
			at("07-03").do(Run{}).status(StatusActive).do(Release{Invoice: owed}, "dunning_released").do(Run{}, "became_past_due", "dunning_began").do(Run{}).
			at("07-14").do(Hold{Invoice: owed}, "dunning_held").at("07-30").do(Run{}).status(StatusPastDue).
			do(Release{Invoice: owed}, "dunning_released").do(Run{}, "restricted").do(Run{}, "canceled unpaid", "taken_back credit -1.94")
	})
	t.Run("begins when what was collected before falls due", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionAutomatic)
		s.do(ChangeCollection{Collection: CollectionAutomatic, DaysUntilDue: new(5)}, "collection_changed").
			at("07-01").do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00")
		s.do(MissPayment{Invoice: s.state.Owed[0].Invoice}, "became_past_due").at("07-06").do(Run{}).
			at("07-07").do(Run{}, "dunning_began").at("07-19").do(Run{}).at("07-20").do(Run{}, "restricted")
	})
	t.Run("goes on during a pause", func(t *testing.T) {
		t.Parallel()
		s := unpaid(t).at("06-11").do(Pause{}, "paused", "taken_back credit -20.00")
		s.at("07-02").do(Run{}, "became_past_due", "dunning_began").status(StatusPaused).at("07-16").do(Run{}).
			do(Resume{}, "resumed 08-16", "billed change 30.00").do(Run{}).status(StatusRestricted).
			at("07-29").do(Run{}, "canceled unpaid", "taken_back credit -17.42")
		s = unpaid(t).at("06-11").do(Pause{}, "paused", "taken_back credit -20.00")
		s.at("07-02").do(Run{}, "became_past_due", "dunning_began").at("07-29").do(Run{}, "canceled unpaid")
	})
	t.Run("begins again with money that was taken back", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionAutomatic).at("06-10")
		again := OweAgain{
			Subscription: "s", Invoice: "i1", OwedAt: s.now, OverdueAt: day(2026, 6, 11),
			Ladder: &Ladder{DueAt: s.now, RestrictAt: day(2026, 6, 24), Settlement: SettlementNone},
		}
		s.do(again, "invoice_owed_again", "became_past_due", "dunning_began").do(again).status(StatusPastDue).
			at("06-24").do(Run{}, "restricted").do(Settle{Invoice: "i1"}, "invoice_settled", "recovered")
		again.Subscription = "other"
		s.do(again)
	})
	t.Run("begins again, as the day ends, with what is sent", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionAutomatic).at("06-10")
		s.late = true
		again := OweAgain{Subscription: "s", Invoice: "i1", OwedAt: s.now, OverdueAt: day(2026, 6, 20), Sent: true, Ladder: &Ladder{DueAt: s.now, RestrictAt: day(2026, 6, 24)}}
		s.do(again, "invoice_owed_again").do(again).status(StatusActive)
		again.OverdueAt = day(2026, 6, 11)
		s.do(again, "invoice_owed_again").do(again).do(Run{}).status(StatusActive).
			at("06-11").do(Run{}, "became_past_due", "dunning_began").do(again).status(StatusPastDue).at("06-24").do(Run{}, "restricted")
	})
	t.Run("gives what is collected its time with credit that was taken back", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionAutomatic).at("06-10")
		again := OweAgain{Subscription: "s", Invoice: "i1", OwedAt: s.now, OverdueAt: day(2026, 6, 11)}
		s.do(again, "invoice_owed_again").do(again).do(Run{}).status(StatusActive)
		again.Ladder = &Ladder{DueAt: s.now, RestrictAt: day(2026, 6, 24)}
		s.do(again, "became_past_due", "dunning_began").do(again).status(StatusPastDue)
	})
}

// TestDunningByItsPolicy lets subscriptions live by random policies, with invoices that are settled, held and released: whatever
// happens, the status is that of the ladder of what fell due first, and nothing is as of an earlier instant than what came before.
func TestDunningByItsPolicy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := dunned{t: t, restrict: rapid.IntRange(1, 20).Draw(t, "restrict")}
		if rapid.IntRange(0, 3).Draw(t, "cancels") > 0 {
			d.cancel = d.restrict + rapid.IntRange(1, 30).Draw(t, "more")
		}
		at, collection := day(2026, 6, 1), rapid.SampledFrom(Collections).Draw(t, "collection")
		d.decide(Create{
			Billing: Billing{Change: "c", Invoice: "first"}, ID: "s", Price: pro.Price, Terms: pro, Seats: 3, Collection: collection,
			DaysUntilDue: new(rapid.IntRange(0, 9).Draw(t, "days until due")), TimeZone: new(rapid.SampledFrom([]string{"UTC", "Asia/Kolkata", "America/New_York"}).Draw(t, "zone")),
		}, at)
		if collection == CollectionAutomatic {
			d.decide(Complete{Invoice: "first"}, at)
		}
		for n := range rapid.IntRange(5, 40).Draw(t, "acts") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 12, 24, 5 * 24, 14 * 24}).Draw(t, "hours")) * time.Hour)
			d.run(at)
			d.check(at)
			d.decide(d.draw(fmt.Sprint(n)), at)
			d.run(at)
			d.check(at)
		}
	})
}

type dunned struct {
	t                *rapid.T
	s                State
	restrict, cancel int
	last             time.Time
}

func (d *dunned) decide(c Command, at time.Time) {
	events, err := Decide(d.s, c, domain.Meta{Now: at})
	if err != nil && !errors.As(err, new(*domain.Rejection)) {
		d.t.Fatal(err)
	}
	d.s, d.last = fold(d.s, events), at
}

// run carries out what is due, each as of its instant.
func (d *dunned) run(now time.Time) {
	for n := range 1_000 {
		due, ok := d.s.NextDeadline()
		if !ok || due.At.After(now) {
			return
		}
		if due.At.Before(d.last) {
			d.t.Fatalf("%s is due at %v, and it is %v already", due.Kind, due.At, d.last)
		}
		c := Run{Billing: Billing{Change: "r", Invoice: due.Key(fmt.Sprint(n))}, Operator: true}
		if due.Invoice != "" {
			c.Ladder = d.ladder(due.Invoice, due.At)
		}
		d.decide(c, due.At)
	}
	d.t.Fatal("something is due for ever")
}

func (d *dunned) ladder(invoice string, now time.Time) *Ladder {
	ladder := ladderOf(d.s, invoice, now)
	if ladder == nil {
		return nil
	}
	zone, _ := time.LoadLocation(d.s.TimeZone)
	local := ladder.DueAt.In(zone)
	step := func(days int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, zone).UTC()
	}
	ladder.RestrictAt, ladder.CancelAt = step(d.restrict), nil
	if d.cancel > 0 {
		ladder.CancelAt = new(step(d.cancel))
	}
	return ladder
}

func (d *dunned) draw(n string) Command {
	b := Billing{Change: "c" + n, Invoice: "i" + n}
	commands := []Command{Pause{Billing: b}, Resume{Billing: b}, ChangeSeats{Billing: b, Seats: 4}, ChangeCollection{Collection: CollectionAutomatic, DaysUntilDue: new(3)}}
	for _, owed := range d.s.Owed {
		commands = append(commands, Settle{Invoice: owed.Invoice}, Settle{Invoice: owed.Invoice}, Hold{Invoice: owed.Invoice}, Release{Invoice: owed.Invoice},
			MissPayment{Invoice: owed.Invoice, Ladder: d.ladder(owed.Invoice, d.last)})
	}
	if d.s.PendingUpdate != nil {
		commands = append(commands, Complete{Invoice: d.s.PendingUpdate.Invoice})
	}
	return rapid.SampledFrom(commands).Draw(d.t, "command")
}

// check computes the status from the invoices that are owed.
func (d *dunned) check(now time.Time) {
	if !d.s.Live() || d.s.Status == StatusPaused || d.s.Status == StatusIncomplete {
		return
	}
	want, held := StatusActive, false
	var first *Owed
	for i, owed := range d.s.Owed {
		held = held || owed.Held
		if owed.Overdue {
			want = StatusPastDue
		}
		if owed.Overdue && owed.Ladder != nil && (first == nil || owed.Ladder.DueAt.Before(first.Ladder.DueAt)) {
			first = &d.s.Owed[i]
		}
		if owed.Sent && !owed.Held && !now.Before(*owed.OverdueAt) && !owed.Overdue {
			d.t.Fatalf("%s is overdue since %v", owed.Invoice, owed.OverdueAt)
		}
	}
	if first != nil && !held {
		if !now.Before(first.Ladder.RestrictAt) {
			want = StatusRestricted
		}
		if first.Ladder.CancelAt != nil && !now.Before(*first.Ladder.CancelAt) {
			d.t.Fatalf("it is %s at %v, to be canceled at %v", d.s.Status, now, first.Ladder.CancelAt)
		}
	}
	if d.s.Status != want && !held {
		d.t.Fatalf("%s at %v, want %s: %+v", d.s.Status, now, want, d.s.Owed)
	}
}
