package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// license makes a license the workspace's plan, as it is from an instant on, in the place of any other; nil ends the one that there
// is. The limits of the seats follow. It refuses with subscription_active where the workspace has a subscription that is not the
// license's own.
func (w *workspace) license(l *entitlement.License, at time.Time) error {
	stream := entitlement.Stream(w.name)
	if err := w.need(append(streamsOf(w.name), stream)...); err != nil {
		return err
	}
	present := w.licensed()
	var commands []entitlement.Command
	if present != nil && (l == nil || present.ID != l.ID) {
		commands = append(commands, entitlement.EndLicense{ID: present.ID})
	}
	if l != nil {
		if err := w.checkUnsubscribed(l); err != nil {
			return err
		}
		commands = append(commands, entitlement.SetLicense{License: *l})
	}
	for _, c := range commands {
		if _, err := applyAt(w.d, stream, entitlement.Decide, c, at); err != nil {
			return err
		}
	}
	if w.subscription().Entitled() {
		return w.copySeats(at)
	}
	return w.limitSeats(w.limitsOfLicense(at), at)
}

func (w *workspace) licensed() *entitlement.License {
	return eventstore.StateOf[entitlement.State](w.d, entitlement.Stream(w.name)).License
}

// checkUnsubscribed refuses with subscription_active.
func (w *workspace) checkUnsubscribed(l *entitlement.License) error {
	s := w.subscription()
	if !s.Live() || l.Subscription != nil && *l.Subscription == s.ID {
		return nil
	}
	return domain.Conflict("subscription_active", "the workspace has the subscription %s, and its plan is not the license's to give", s.ID).
		With("subscription", s.ID)
}

// checkUnlicensed refuses with license_active where a license is the plan already.
func (w *workspace) checkUnlicensed() error {
	if err := w.d.Begin(entitlement.Stream(w.name)); err != nil {
		return err
	}
	if l := w.licensed(); l != nil {
		return domain.Conflict("license_active", "the license %s is the workspace's plan", l.ID).With("license", l.ID)
	}
	return nil
}

// limitsOfLicense gives the limits of the license that is the plan, and without one those of the free plan.
func (w *workspace) limitsOfLicense(at time.Time) seating.Limits {
	l := w.licensed()
	if l == nil || l.Subscription != nil {
		if free := freePlan(w.d); free != nil {
			return *free
		}
		return seating.State{}.Limits()
	}
	guests := int64(catalog.GuestsPerSeatDefault)
	if product, known := eventstore.StateOf[catalog.State](w.d, catalog.Stream()).Product(l.Product); known {
		guests = product.GuestsPerSeat
	}
	return seating.Limits{
		Source: seating.SourceLicense, Product: l.Product, Purchased: l.Seats, GuestsPerSeat: guests,
		Closed: l.Access(at) != entitlement.AccessFull || l.Closed(at),
	}
}

// followLicense lets the license that the subscription is follow it, if it is one.
func (w *workspace) followLicense(at time.Time) error {
	s := w.subscription()
	if s.License == "" {
		return nil
	}
	stream := license.Stream(s.License)
	if err := w.need(stream, entitlement.Stream(w.name)); err != nil {
		return err
	}
	before := eventstore.StateOf[license.State](w.d, stream)
	if before.ID == "" {
		return nil // it is being issued
	}
	c := license.Follow{
		Product: s.Terms.Product, Price: s.Terms.Price, Seats: s.Seats, Waits: s.Status == subscription.StatusIncomplete,
		Lapsed: s.Status == subscription.StatusIncompleteExpired, ExpiresAt: s.CurrentPeriod.End.AddDate(0, 0, int(before.GraceDays)),
	}
	switch {
	case s.EndedAt != nil:
		c.ExpiresAt = s.EndedAt.AddDate(0, 0, int(before.GraceDays))
	case s.ReadOnly() && before.ExpiresAt != nil:
		c.ExpiresAt = *before.ExpiresAt // what is not paid, or paused, lasts no longer
	}
	after, err := applyAt(w.d, stream, license.Decide, license.Command(c), at)
	if err != nil {
		return err
	}
	return w.followPlan(after, at)
}

// followPlan lets the workspace's plan be what a license says.
func (w *workspace) followPlan(s license.State, at time.Time) error {
	present, mine := w.licensed(), w.subscription()
	ended := s.Revoked || s.Subscription != nil && (*s.Subscription != mine.ID || !mine.Live())
	switch {
	case ended && (present == nil || present.ID != s.ID):
		return nil
	case ended:
		return w.license(nil, at)
	}
	return w.license(&entitlement.License{
		ID: s.ID, Product: s.Product, Seats: s.Seats, Features: s.Features, StartsAt: s.IssuedAt, Subscription: s.Subscription,
		ExpiresAt: s.ExpiresAt, Restricts: s.Expiry == license.ExpiryRestrict, ReadOnly: s.Suspended,
	}, at)
}
