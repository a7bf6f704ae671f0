package command

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// License is a license as a command leaves it.
type License struct {
	State    license.State
	Version  int64
	Now      time.Time
	Features map[string]json.RawMessage // that a file of it has
	Invoice  *string                    // that the command made, nil for none
	Payment  *Payment                   // that a gateway is asked for, nil for none
	Instance license.Instance           // that the command was about
	New      bool                       // the instance is

	waits bool
}

// Waits reports whether what the command asked for waits for money.
func (l License) Waits() bool { return l.waits }

// Awaited names the payment whose gateway is asked.
func (l License) Awaited() (of domain.Stream, ok bool) {
	if l.Payment == nil {
		return "", false
	}
	return payment.Stream(l.Payment.State.ID), true
}

// Look shows the same as it is now.
func (l License) Look() Command[License] {
	stream, of := license.Stream(l.State.ID), payment.Stream(l.Payment.State.ID)
	return Command[License]{
		Resource: stream,
		Reads:    append(streamsOf(*l.State.Workspace), stream, of),
		Decide: func(d *eventstore.Decision) (License, error) {
			w := &workspace{d: d, name: *l.State.Workspace, invoice: l.Invoice, begun: of.Entity()}
			return (&licensing{d: d, stream: stream, w: w}).shown(), nil
		},
	}
}

// Again reports whether the instance was there already.
func (l License) Again() bool { return l.Instance.Instance != "" && !l.New }

// licensing is a decision on a license, and where it is a workspace's plan, on that workspace.
type licensing struct {
	d      *eventstore.Decision
	stream domain.Stream
	w      *workspace // nil unless it is opened, and where the license is nobody's plan
}

// onLicense decides on a license. The key is the id of the license key by which somebody asks, "" for who needs none. It refuses
// with license_key_invalid.
func onLicense[R any](id, key string, decide func(*licensing) (R, error)) Command[R] {
	stream := license.Stream(id)
	return Command[R]{
		Resource: stream, Reads: []domain.Stream{catalog.Stream()}, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none R, err error) {
			l := &licensing{d: d, stream: stream}
			if key != "" {
				if err := l.state().CheckKey(key); err != nil {
					return none, err
				}
			}
			return decide(l)
		},
	}
}

func (l *licensing) state() license.State { return eventstore.StateOf[license.State](l.d, l.stream) }

func (l *licensing) shop() catalog.State {
	return eventstore.StateOf[catalog.State](l.d, catalog.Stream())
}

func (l *licensing) do(c license.Command) ([]license.Fact, error) {
	return decideAt(l.d, l.stream, license.Decide, c, l.d.Now())
}

func (l *licensing) shown() License {
	s := l.state()
	shown := License{State: s, Version: l.d.Version(l.stream), Now: l.d.Now()}
	if l.w != nil {
		shown.Invoice, shown.Payment, shown.waits = l.w.invoice, l.w.payment(l.w.begun), l.w.invoice != nil && l.w.waitsFor(*l.w.invoice)
	}
	return shown
}

// features gives what a file has: the features of the license's product, with its own laid over them, and then the overrides in the
// workspace whose plan it is.
func (l *licensing) features() (map[string]json.RawMessage, error) {
	s, features := l.state(), map[string]json.RawMessage{}
	product, _ := l.shop().Product(s.Product)
	maps.Copy(features, product.Features)
	maps.Copy(features, s.Features)
	overrides, err := l.overrides()
	for key, o := range overrides {
		switch {
		case o.Removed:
			delete(features, key)
		case o.Value != nil:
			features[key] = o.Value
		}
	}
	return features, err
}

// overrides gives those in the workspace whose plan the license is.
func (l *licensing) overrides() (map[string]entitlement.Override, error) {
	s := l.state()
	if s.Workspace == nil || s.Revoked {
		return nil, nil
	}
	stream := entitlement.Stream(*s.Workspace)
	if err := l.d.Need(stream); err != nil {
		return nil, err
	}
	return eventstore.StateOf[entitlement.State](l.d, stream).OverridesAt(l.d.Now()), nil
}

// open brings the workspace whose plan the license is up to date, with the streams that a bill is issued with.
func (l *licensing) open(bill string) error {
	name := l.state().Workspace
	if name == nil {
		return nil
	}
	l.w = &workspace{d: l.d, name: *name}
	streams := append(streamsOf(*name), entitlement.Stream(*name))
	if bill != "" {
		streams = append(append(streams, issuing...), invoice.Stream(bill))
	}
	if err := l.w.need(streams...); err != nil {
		return err
	}
	return l.w.catchUp()
}

// close lets the workspace's plan follow, and shows the license.
func (l *licensing) close() (License, error) {
	if l.w == nil {
		return l.shown(), nil
	}
	if err := l.w.followPlan(l.state(), l.d.Now()); err != nil {
		return License{}, err
	}
	err := l.w.reconcile(l.d.Now())
	return l.shown(), err
}

// IssueLicense issues a license. With a workspace it is its plan, and with a price a subscription of it. The caller fills in all of c but
// Subscription, and of create what concerns the subscription's price. It refuses with product_not_found, product_archived,
// workspace_required, subscription_active, license_active, price_not_found, price_archived and price_of_other_product.
func IssueLicense(c license.Issue, create subscription.Create) Command[License] {
	return onLicense(c.ID, "", func(l *licensing) (none License, err error) {
		c := c
		if c.Features, err = l.checkIssue(c); err != nil {
			return none, err
		}
		if c.Workspace != nil {
			if err := l.openNew(*c.Workspace, create.Invoice); err != nil {
				return none, err
			}
		}
		if c.Price != nil {
			if err := l.subscribe(&c, create); err != nil {
				return none, err
			}
		}
		if _, err := l.do(c); err != nil {
			return none, err
		}
		if l.w != nil {
			if err := l.w.followLicense(l.d.Now()); err != nil {
				return none, err
			}
		}
		return l.close()
	})
}

// checkIssue checks what the rules of a license leave to its caller.
func (l *licensing) checkIssue(c license.Issue) (map[string]json.RawMessage, error) {
	var check domain.Check
	if c.Workspace != nil {
		check.Name("/workspace", *c.Workspace)
	}
	check.Name("/product", c.Product)
	check.Require(c.Price == nil || c.Workspace != nil, "/workspace", "workspace_required", "what is billed needs a workspace that pays")
	check.Require(c.Price == nil || c.ExpiresAt == nil, "/expires_at", "expires_at_invalid",
		"expires_at must be null with a price: the periods of the subscription say it")
	if c.Price != nil {
		check.Name("/price", *c.Price)
	}
	features := checkLicenseFeatures(&check, l.shop(), c.Features)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	product, known := l.shop().Product(c.Product)
	switch {
	case !known:
		return nil, catalog.ProductNotFound(c.Product)
	case product.Archived:
		return nil, domain.Conflict("product_archived", "product %s is archived", c.Product)
	}
	return features, nil
}

// checkLicenseFeatures copies and checks features. Codes: name_invalid, feature_invalid, feature_type_mismatch.
func checkLicenseFeatures(check *domain.Check, shop catalog.State, given map[string]json.RawMessage) map[string]json.RawMessage {
	checked := map[string]json.RawMessage{}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		pointer := domain.Pointer("features", key)
		if !check.Name(pointer, key) {
			continue
		}
		checked[key] = catalog.CheckedFeature(check, pointer, given[key])
		if known, found := catalog.FindKey(shop.Products(), key); found {
			known.CheckType(check, pointer, key, checked[key])
		}
	}
	return checked
}

// openNew opens a workspace that has no plan but the free one.
func (l *licensing) openNew(name, bill string) error {
	l.w = &workspace{d: l.d, name: name}
	if err := l.w.need(append(append(append(streamsOf(name), entitlement.Stream(name)), issuing...), invoice.Stream(bill))...); err != nil {
		return err
	}
	if err := l.w.catchUp(); err != nil {
		return err
	}
	if err := l.w.checkUnsubscribed(&entitlement.License{}); err != nil {
		return err
	}
	return l.w.checkUnlicensed()
}

// subscribe begins the subscription that a billed license is.
func (l *licensing) subscribe(c *license.Issue, create subscription.Create) error {
	var err error
	if create.Terms, err = l.shop().ForSale(*c.Price); err != nil {
		return err
	}
	if create.Terms.Product != c.Product {
		return domain.InvalidField("/price", "price_of_other_product", "price must be one of the product %s", c.Product)
	}
	create.Price, create.Seats, create.License, create.SeatsInUse, l.w.awaits = *c.Price, c.Seats, c.ID, l.w.seatsInUse(), true
	if err := l.w.fund(&create.Billing, create.Terms.Currency); err != nil {
		return err
	}
	if err := l.w.change(create, l.d.Now()); err != nil {
		return err
	}
	s := l.w.subscription()
	c.Subscription = &s.ID
	c.ExpiresAt = new(s.CurrentPeriod.End.AddDate(0, 0, int(domain.Or(c.GraceDays, license.GraceDaysDefault))))
	return nil
}

// ChangeLicense decides a command that means something for the plan, and for no bill. It refuses as the command does.
func ChangeLicense(id string, c license.Command) Command[License] {
	return onLicense(id, "", func(l *licensing) (none License, err error) {
		if err := l.open(""); err != nil {
			return none, err
		}
		if _, err := l.do(c); err != nil {
			return none, err
		}
		return l.close()
	})
}

// ChangeLicenseFeatures replaces the features that are laid over the product's. It refuses with feature_invalid,
// feature_type_mismatch and name_invalid.
func ChangeLicenseFeatures(id string, features map[string]json.RawMessage) Command[License] {
	return onLicense(id, "", func(l *licensing) (none License, err error) {
		var check domain.Check
		checked := checkLicenseFeatures(&check, l.shop(), features)
		if err := check.Rejection(); err != nil {
			return none, err
		}
		return ChangeLicense(id, license.ChangeFeatures{Features: checked}).Decide(l.d)
	})
}

// RevokeLicense ends a license for good, and the subscription that it is, of which nothing is given back.
func RevokeLicense(id, reason string, b subscription.Billing) Command[License] {
	return onLicense(id, "", func(l *licensing) (none License, err error) {
		if err := l.open(b.Invoice); err != nil {
			return none, err
		}
		if _, err := l.do(license.Revoke{Reason: reason}); err != nil {
			return none, err
		}
		if l.w != nil && l.billed() {
			none := subscription.SettlementNone
			c := subscription.Cancel{Billing: b, When: subscription.CancelNow, Settlement: &none}
			if err := l.w.change(c, l.d.Now()); err != nil {
				return License{}, err
			}
		}
		return l.close()
	})
}

// billed reports whether the license is the workspace's present subscription.
func (l *licensing) billed() bool {
	s, mine := l.state(), l.w.subscription()
	return s.Subscription != nil && *s.Subscription == mine.ID && mine.Live()
}

// ChangeLicenseSeats changes the number of seats, of a billed license as that of its subscription, with the ids of b.
func ChangeLicenseSeats(id string, seats int64, b subscription.Billing) Command[License] {
	return onLicense(id, "", func(l *licensing) (License, error) { return l.changeSeats(seats, b) })
}

// checkLicenseSeats refuses with seats_out_of_range, license_not_found or license_revoked. The subscription that a billed license is
// judges its number of seats itself.
func checkLicenseSeats(s license.State, seats int64) error {
	if s.Subscription == nil {
		if err := license.CheckSeats(seats); err != nil {
			return err
		}
	}
	return s.Check()
}

func (l *licensing) changeSeats(seats int64, b subscription.Billing) (none License, err error) {
	s := l.state()
	if err := checkLicenseSeats(s, seats); err != nil {
		return none, err
	}
	if err := l.open(b.Invoice); err != nil {
		return none, err
	}
	if s.Subscription == nil {
		_, err = l.do(license.ChangeSeats{Seats: seats})
	} else {
		l.w.awaits = true
		c := subscription.ChangeSeats{Billing: b, Seats: seats, SeatsInUse: l.w.seatsInUse(), Version: l.w.version()}
		if err := l.w.fund(&c.Billing, l.w.subscription().Terms.Currency); err != nil {
			return none, err
		}
		err = l.w.change(c, l.d.Now())
	}
	if err != nil {
		return none, err
	}
	return l.close()
}

// RemoveUnusedLicenseSeats lowers the number of seats to the most users that a live instance reported. It refuses with users_unknown.
func RemoveUnusedLicenseSeats(id string, seen license.Seen, b subscription.Billing) Command[License] {
	return onLicense(id, "", func(l *licensing) (none License, err error) {
		s := l.state()
		if err := s.Check(); err != nil {
			return none, err
		}
		most := s.At(seen, l.d.Now()).Users(seen)
		if most == nil {
			return none, s.Conflict("users_unknown", "no live instance has reported its users")
		}
		return l.changeSeats(min(s.Seats, max(1, *most)), b)
	})
}

// PreviewLicenseSeats prices another number of seats without making it. It refuses with license_not_billed and
// seats_out_of_range, and as [PreviewChange] does.
func PreviewLicenseSeats(id string, seats int64, p subscription.Proposal) Command[Preview] {
	p.Seats = &seats
	return onLicense(id, "", func(l *licensing) (none Preview, err error) {
		s := l.state()
		if err := checkLicenseSeats(s, seats); err != nil {
			return none, err
		}
		if s.Subscription == nil {
			return none, s.Conflict("license_not_billed", "the license has no price")
		}
		if err := l.d.Need(streamsOf(*s.Workspace)...); err != nil {
			return none, err
		}
		return PreviewChange(*s.Workspace, nil, p).Decide(l.d)
	})
}
