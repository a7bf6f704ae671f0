package command_test

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// dunned follows the policies of a life, and by which of them each invoice is followed up, apart from the rules.
type dunned struct {
	set []dunning.Set
	of  map[string]dunning.Policy // of invoices that fell due as they were issued
	// failed names the invoices a gateway did not pay, or whose money it took away again.
	failed map[string]bool
}

func newDunned() *dunned { return &dunned{of: map[string]dunning.Policy{}, failed: map[string]bool{}} }

func (d *dunned) follow(e eventstore.Proposed) {
	if d == nil {
		return
	}
	switch fact := e.Fact.(type) {
	case dunning.Set:
		d.set = append(d.set, fact)
	case invoice.PaymentFollowed:
		d.failed[fact.ID] = d.failed[fact.ID] || fact.Status == invoice.PaymentFailed
	case invoice.PaymentReversed:
		d.failed[fact.ID] = true
	case invoice.Finalized:
		if fact.DueAt != nil && fact.DueAt.Equal(fact.IssuedAt) {
			d.of[fact.ID] = d.before(fact.IssuedAt.Add(1))
		}
	}
}

// before gives the policy that was set before an instant.
func (d *dunned) before(at time.Time) dunning.Policy {
	policy := dunning.Default()
	for _, set := range d.set {
		if set.SetAt.Before(at) {
			policy = set.Policy
		}
	}
	return policy
}

// policy draws one from what an act has.
func (a act) policy() dunning.Policy {
	p := dunning.Policy{RetryDays: []int{1, 2}, RestrictAfterDays: a.seats * 3, Settlement: dunning.SettlementCredit}
	if a.pick > 0 {
		p.CancelAfterDays = new(p.RestrictAfterDays + a.pick*5)
	}
	if a.settlement == subscription.SettlementNone {
		p.Settlement = dunning.SettlementNone
	}
	return p
}

// checkDunning holds the subscription's status against its invoices: it is that of the one that is not paid and fell due first.
func (l *lived) checkDunning(now time.Time) error {
	s := l.subscription()
	if l.dunned == nil || l.held() || !s.Entitled() || s.Status == subscription.StatusTrialing || s.Status == subscription.StatusPaused {
		return nil
	}
	want, late := subscription.StatusActive, false
	var first *invoice.State
	for _, id := range l.equation.order {
		i := l.equation.invoices[id]
		if i.Subscription == nil || *i.Subscription != s.ID || i.Status != invoice.StatusFinalized || i.PaymentStatus != invoice.PaymentPending {
			continue
		}
		from := i.OverdueFrom()
		if i.Collection == string(subscription.CollectionAutomatic) {
			from = new(i.IssuedAt.Add(subscription.CollectionTime))
		}
		late = late || !now.Before(*from) || i.Collection == string(subscription.CollectionAutomatic) && l.dunned.failed[id]
		if first == nil || i.DueAt.Before(*first.DueAt) {
			first = &i
		}
	}
	if late {
		policy, falls := l.dunned.of[first.ID]
		if !falls {
			policy = l.dunned.before(*first.DueAt)
		}
		want = subscription.StatusPastDue
		due := dunning.Due{At: *first.DueAt, TimeZone: first.TimeZone}
		restrict, cancel := policy.Ladder(due)
		if !now.Before(restrict) {
			want = subscription.StatusRestricted
		}
		if cancel != nil && !now.Before(*cancel) {
			want = subscription.StatusCanceled
		}
	}
	// A payment may let another invoice count, whose step is due at once.
	if s = s.At(now); s.Status != want {
		return fmt.Errorf("the subscription is %s, and should be %s", s.Status, want)
	}
	return nil
}
