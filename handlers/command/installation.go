package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/eventstore"
)

// LinkLicense has the license server asked for the license of a key. The caller fills in all of c but Subscribed and Licensed.
func LinkLicense(name string, c installation.BeginLink) Command[WorkspaceLicense] {
	return changeLicense(name, linking, func(w *workspace) (installation.Command, error) {
		if err := w.catchUp(); err != nil {
			return nil, err
		}
		c := c
		c.Subscribed, c.Licensed = w.subscription().Live(), w.licensedHere()
		return c, nil
	})
}

// SyncLicense has the license server asked now.
func SyncLicense(name string) Command[WorkspaceLicense] {
	return changeLicense(name, syncing, func(*workspace) (installation.Command, error) { return installation.AskSync{}, nil })
}

// UnlinkLicense ends the license that comes from elsewhere, and has its server told.
func UnlinkLicense(name string) Command[WorkspaceLicense] {
	return changeLicense(name, linking, func(*workspace) (installation.Command, error) { return installation.BeginUnlink{}, nil })
}

// UploadLicense makes the license of a file the workspace's plan. The caller fills in all of c but Subscribed and Licensed.
func UploadLicense(name string, c installation.Upload) Command[WorkspaceLicense] {
	return changeLicense(name, here, func(w *workspace) (installation.Command, error) {
		if err := w.catchUp(); err != nil {
			return nil, err
		}
		c := c
		c.Subscribed, c.Licensed = w.subscription().Live(), w.licensedHere()
		return c, nil
	})
}

// TellLicense records what came of asking a license server, or that a file was looked at again.
func TellLicense(name string, c installation.Command) Command[struct{}] {
	return onInstallation(name, func(w *workspace) (none struct{}, err error) {
		if confirm, is := c.(installation.Confirm); is {
			confirm.Blocked = w.blocked()
			return none, w.install(confirm)
		}
		return none, w.install(c)
	})
}

// blocked says why no license from elsewhere can be the plan; nil where one can.
func (w *workspace) blocked() *installation.Problem {
	switch {
	case w.subscription().Live():
		return &installation.Problem{Code: "subscription_active", Detail: "the workspace has a subscription: end it, and the license is applied"}
	case w.licensedHere():
		return &installation.Problem{Code: "license_active", Detail: "a license of this ledger is the workspace's plan: end it, and the other is applied"}
	}
	return nil
}

// Installed tells of the license that a workspace has from elsewhere, and how many users there are to tell its server of.
type Installed struct {
	Installation installation.State
	Users        int64
	Now          time.Time
}

// LookAtInstallation gives the license that a workspace has from elsewhere. It writes nothing.
func LookAtInstallation(name string) Command[Installed] {
	stream, pool := installation.Stream(name), seating.Stream(name)
	return Command[Installed]{
		Resource: stream,
		Reads:    []domain.Stream{stream, pool},
		Decide: func(d *eventstore.Decision) (Installed, error) {
			use := eventstore.StateOf[seating.State](d, pool).At(d.Now()).Use()
			return Installed{
				Installation: eventstore.StateOf[installation.State](d, stream), Users: use.Seats(), Now: d.Now(),
			}, nil
		},
	}
}

// onInstallation decides on the license that a workspace has from elsewhere, with all that may follow from it.
func onInstallation[R any](name string, decide func(*workspace) (R, error)) Command[R] {
	stream := installation.Stream(name)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   append(streamsOf(name), stream, entitlement.Stream(name)),
		Decide:   func(d *eventstore.Decision) (R, error) { return decide(&workspace{d: d, name: name}) },
	}
}

func changeLicense(name string, how asked, complete func(*workspace) (installation.Command, error)) Command[WorkspaceLicense] {
	return onInstallation(name, func(w *workspace) (none WorkspaceLicense, err error) {
		c, err := complete(w)
		if err == nil {
			err = w.install(c)
		}
		if err != nil {
			return none, err
		}
		shown := w.shownLicense()
		shown.how = how
		return shown, nil
	})
}

// install decides a command, and makes the license that it leaves the workspace's plan.
func (w *workspace) install(c installation.Command) error {
	before := w.installed()
	after, err := apply(w.d, installation.Stream(w.name), installation.Decide, c)
	if err != nil {
		return err
	}
	if before.Held == after.Held {
		return w.closeByClock()
	}
	return w.followInstallation(before.Held)
}

// followInstallation makes the license that the installation holds the workspace's plan, or ends the one that it held before.
func (w *workspace) followInstallation(before *installation.Held) error {
	now := w.d.Now()
	held := w.installed().Held
	switch present := w.licensed(); {
	case held != nil:
		return w.license(licenseHeld(*held), now)
	case present != nil && before != nil && present.ID == before.ID:
		return w.license(nil, now)
	}
	return nil
}

func (w *workspace) installed() installation.State {
	return eventstore.StateOf[installation.State](w.d, installation.Stream(w.name))
}

// licensedHere reports whether a license that did not come from elsewhere is the plan.
func (w *workspace) licensedHere() bool {
	present, held := w.licensed(), w.installed().Held
	return present != nil && (held == nil || held.ID != present.ID)
}

// licenseHeld gives the plan of a license that came from elsewhere.
func licenseHeld(h installation.Held) *entitlement.License {
	return &entitlement.License{
		ID: h.ID, Product: h.Product, Seats: h.Seats, Features: h.Features, StartsAt: h.Since, ExpiresAt: h.ExpiresAt, Restricts: h.Restricts,
		ReadOnly: h.Stopped != "", Stopped: stoppedBy[h.Stopped], ClosesAt: new(h.ClosesAt()), ReadOnlyFrom: new(h.ReadOnlyFrom()),
	}
}

// stoppedBy tells how a license is by a server's code.
var stoppedBy = map[string]entitlement.LicenseStatus{
	installation.CodeRevoked: entitlement.LicenseRevoked, installation.CodeSuspended: entitlement.LicenseSuspended,
	installation.CodeExpired: entitlement.LicenseExpired,
}
