package subscription

import (
	"errors"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// A late runner gives the events of a punctual one, one deadline after the other, and running again gives none.
func TestRunLate(t *testing.T) {
	t.Parallel()
	t.Run("one deadline after the other", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice).do(Downgrade{Terms: basic}, "change_scheduled price 07-01").at("2026-09-15T10:00:00Z")
		if _, err := Decide(s.state, Upgrade{Terms: business}, domain.Meta{Now: s.now}); !errors.Is(err, ErrDue) {
			t.Errorf("before what is due: %v", err)
		}
		s.do(Run{}, "downgraded basic-monthly", "renewed 07-01 08-01", "billed renewal 15.00").
			do(Run{}, "renewed 08-01 09-01", "billed renewal 15.00").
			do(Run{}, "renewed 09-01 10-01", "billed renewal 15.00").do(Run{}).do(Run{})
	})
	t.Run("too late but for an operator", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice)
		s.state.DaysUntilDue = 365
		all := s.state.AvailableActions(s.now)
		s.at("2027-01-01T00:00:00Z").actions(all...).do(Run{}, "renewed 07-01 08-01", "billed renewal 30.00").
			at("2027-02-02T00:00:00Z").refused(Run{}, "too_far_behind").actions().
			do(Run{Operator: true}, "renewed 08-01 09-01", "billed renewal 30.00").actions(all...)
	})
	t.Run("without an invoice", func(t *testing.T) {
		t.Parallel()
		s := sold(t, CollectionSendInvoice)
		if _, err := Decide(s.state, Run{}, domain.Meta{Now: s.now.Add(60 * 24 * time.Hour)}); !errors.Is(err, errIncomplete) {
			t.Errorf("%v", err)
		}
	})
}

func TestNextDeadline(t *testing.T) {
	t.Parallel()
	t.Run("of nothing", func(t *testing.T) {
		t.Parallel()
		if deadline, ok := (State{}).NextDeadline(); ok {
			t.Errorf("deadline %+v", deadline)
		}
	})
	t.Run("has the same key for everybody", func(t *testing.T) {
		t.Parallel()
		deadline, _ := sold(t, CollectionSendInvoice).state.NextDeadline()
		if got := deadline.Key("s"); got != "s/renewal/2026-07-01T00:00:00Z" {
			t.Errorf("key %s", got)
		}
	})
}
