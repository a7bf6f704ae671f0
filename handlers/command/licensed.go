package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/holding"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// WorkspaceLicense tells what a workspace may use, and what gives it that, as of an instant.
type WorkspaceLicense struct {
	Workspace    string
	Source       seating.Source
	Product      string // "" for none
	Price        string // "" where nothing was bought
	Limits       seating.Limits
	Use          seating.Use
	Status       string
	Access       entitlement.Access
	StartsAt     *time.Time
	ExpiresAt    *time.Time
	Features     []entitlement.Feature
	License      string // the id of the license that is the plan, "" for none
	Installation installation.State
	Now          time.Time

	how asked
}

// asked tells how far a command goes at once.
type asked int

const (
	here    asked = iota // nobody is asked
	syncing              // the server is asked, and what it says is all that is wanted
	linking              // the server is asked, until it has agreed
)

// Awaited names the stream whose server is asked.
func (l WorkspaceLicense) Awaited() (of domain.Stream, ok bool) {
	return installation.Stream(l.Workspace), l.how != here && l.Installation.Active()
}

// Waits reports whether the server has not agreed yet.
func (l WorkspaceLicense) Waits() bool {
	return l.how == linking && l.Installation.Active() && l.Installation.Link.State != installation.Linked
}

// Tolerates reports whether a server that does not agree is shown, and nothing is refused.
func (l WorkspaceLicense) Tolerates() bool { return l.how == syncing }

// Look shows the same as it is now.
func (l WorkspaceLicense) Look() Command[WorkspaceLicense] {
	look := LookAtLicense(l.Workspace)
	decide := look.Decide
	look.Decide = func(d *eventstore.Decision) (WorkspaceLicense, error) {
		shown, err := decide(d)
		shown.how = l.how
		return shown, err
	}
	return look
}

// LookAtLicense tells what a workspace may use. It writes nothing.
func LookAtLicense(name string) Command[WorkspaceLicense] {
	return Command[WorkspaceLicense]{
		Resource: entitlement.Stream(name),
		Reads: []domain.Stream{
			entitlement.Stream(name), installation.Stream(name), subscription.Stream(name), seating.Stream(name), catalog.Stream(),
		},
		Decide: func(d *eventstore.Decision) (WorkspaceLicense, error) {
			return (&workspace{d: d, name: name}).shownLicense(), nil
		},
	}
}

// RefreshLicense derives what a workspace may use from the books again, and writes down what differs: deadlines that nobody has
// carried out, seats that are not those of the plan, and a plan that is not the installation's license.
func RefreshLicense(name string) Command[WorkspaceLicense] {
	refresh := onInstallation(name, func(w *workspace) (none WorkspaceLicense, err error) {
		if err := w.catchUpForSeats(); err != nil {
			return none, err
		}
		if err := w.followInstallation(nil); err != nil {
			return none, err
		}
		if err := w.refreshSeats(); err != nil {
			return none, err
		}
		return w.shownLicense(), nil
	})
	refresh.Resource = entitlement.Stream(name)
	return refresh
}

// refreshSeats makes the limits of the seats those of the plan. A pool that nobody has used has none yet.
func (w *workspace) refreshSeats() error {
	switch {
	case w.subscription().Entitled():
		return w.copySeats(w.d.Now())
	case w.d.Version(seating.Stream(w.name)) == 0 && w.licensed() == nil:
		return nil
	}
	return w.limitSeats(w.limitsOfLicense(w.d.Now()), w.d.Now())
}

// shownLicense tells what the workspace may use now. What is due by then shows as if it had happened.
func (w *workspace) shownLicense() WorkspaceLicense {
	now := w.d.Now()
	shop := eventstore.StateOf[catalog.State](w.d, catalog.Stream())
	pool := eventstore.StateOf[seating.State](w.d, seating.Stream(w.name)).At(now)
	entitled := eventstore.StateOf[entitlement.State](w.d, entitlement.Stream(w.name))
	standing := holding.Holdings{Products: shop.Products(), Subscription: w.subscription(), Entitlement: entitled}.At(now)
	shown := WorkspaceLicense{
		Workspace: w.name, Use: pool.Use(), Access: standing.Access(), Product: standing.Product(), Features: standing.Features(now),
		Installation: w.installed(), Now: now,
	}
	switch s := w.subscription().At(now); {
	case s.Entitled():
		shown.ofSubscription(s)
		if l := entitled.License; l != nil && l.Subscription != nil && *l.Subscription == s.ID {
			shown.Source, shown.License = seating.SourceLicense, l.ID
			shown.Status, shown.StartsAt, shown.ExpiresAt = string(l.Status(now)), &l.StartsAt, l.ExpiresAt
		}
	case standing.Source() == entitlement.SourceLicense:
		l := entitled.License
		shown.Limits, shown.License = w.limitsOfLicense(now), l.ID
		shown.Source, shown.Status = seating.SourceLicense, string(l.Status(now))
		shown.StartsAt, shown.ExpiresAt = &l.StartsAt, l.ExpiresAt
	default:
		shown.Limits = w.limitsOfLicense(now)
		shown.Source, shown.Status = seating.SourceFree, StatusFree
		if shown.Product == "" {
			shown.Status = StatusNone
		}
	}
	return shown
}

// Statuses of what a workspace has without a subscription and without a license.
const (
	StatusFree = "free"
	StatusNone = "none" // in a ledger without a free product
)

// ofSubscription shows what a subscription gives.
func (l *WorkspaceLicense) ofSubscription(s subscription.State) {
	l.Limits = limitsOfSubscription(s)
	l.Source, l.Price, l.Status = l.Limits.Source, s.Terms.Price, string(s.Status)
	l.StartsAt = &s.CurrentPeriod.Start
	switch {
	case s.Status == subscription.StatusTrialing:
		l.StartsAt, l.ExpiresAt = &s.Trial.Start, &s.Trial.End
	case s.Cancellation != nil:
		l.ExpiresAt = &s.Cancellation.At
	}
}

// limitsOfSubscription gives the limits of a subscription that gives seats.
func limitsOfSubscription(s subscription.State) seating.Limits {
	limits := seating.Limits{
		Source: seating.SourceSubscription, Product: s.Terms.Product, Purchased: s.Seats, GuestsPerSeat: s.Terms.GuestsPerSeat,
		Closed: !s.AdmitsSeats(),
	}
	if s.Status == subscription.StatusTrialing {
		limits.Source = seating.SourceTrial
	}
	return limits
}
