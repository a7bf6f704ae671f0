package holding

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/subscription"
)

// Holdings are the states that what a workspace has follows from. Products are all of the ledger.
type Holdings struct {
	Products     []catalog.Product
	Subscription subscription.State
	Entitlement  entitlement.State
}

// Standing tells what a workspace has at an instant.
type Standing struct {
	now         time.Time
	products    []catalog.Product
	entitlement entitlement.State
	plan        plan
	next        *plan // from nextAt on
	nextAt      time.Time
	until       time.Time
}

// plan gives a workspace its features.
type plan struct {
	source   entitlement.Source // "" for no plan
	product  string
	licensed map[string]json.RawMessage // laid over the product's
	access   entitlement.Access
	window   entitlement.Span
}

// At tells what the workspace has at an instant.
func (h Holdings) At(now time.Time) Standing {
	s := h.Subscription.At(now)
	current := h.planOf(s, now)
	standing := Standing{now: now, products: h.Products, entitlement: h.Entitlement, plan: current, until: current.window.End}
	if deadline, ok := s.NextDeadline(); ok {
		standing.until = earlier(standing.until, deadline.At)
	}
	if at, following, ok := h.following(s, current); ok {
		standing.next, standing.nextAt = &following, at
	}
	if license := h.Entitlement.License; license != nil {
		if at, ok := license.Until(now); ok {
			standing.until = earlier(standing.until, at)
		}
	}
	return standing
}

// Until tells until when the standing stays as it is unless something happens. Overrides that end by themselves are looked at
// each time.
func (s Standing) Until() time.Time { return s.until }

// Access tells what the workspace may do.
func (s Standing) Access() entitlement.Access { return s.plan.access }

// Source tells what gives the workspace its features, and Product what they are of; both are empty without a plan.
func (s Standing) Source() entitlement.Source { return s.plan.source }

// Product names the plan's product.
func (s Standing) Product() string { return s.plan.product }

// planOf gives the plan at an instant by a subscription that is caught up to it.
func (h Holdings) planOf(s subscription.State, now time.Time) plan {
	license := h.Entitlement.License
	if s.Entitled() {
		p := plan{
			source: entitlement.SourcePlan, product: s.Terms.Product, access: entitlement.AccessFull,
			window: entitlement.Span{Start: s.CurrentPeriod.Start, End: s.CurrentPeriod.End},
		}
		if s.Status == subscription.StatusTrialing {
			p.source = entitlement.SourceTrial
		}
		if s.ReadOnly() {
			p.access = entitlement.AccessReadOnly
		}
		if license != nil && license.Subscription != nil && *license.Subscription == s.ID {
			p.source, p.licensed = entitlement.SourceLicense, license.Features
			if license.Access(now) != entitlement.AccessFull {
				p.access = entitlement.AccessReadOnly
			}
		}
		return p
	}
	if license != nil && license.Subscription == nil {
		return plan{
			source: entitlement.SourceLicense, product: license.Product, licensed: license.Features, access: license.Access(now),
			window: monthOf(now),
		}
	}
	at := slices.IndexFunc(h.Products, func(p catalog.Product) bool { return p.Free && !p.Archived })
	if at < 0 {
		return plan{access: entitlement.AccessNone, window: monthOf(now)}
	}
	return plan{source: entitlement.SourcePlan, product: h.Products[at].Code, access: entitlement.AccessFull, window: monthOf(now)}
}

// following gives the plan that is decided to come, and its instant: with the end of a trial or of the subscription, or with a
// change that waits for the next period. What only comes if nobody pays is not decided.
func (h Holdings) following(s subscription.State, current plan) (at time.Time, next plan, ok bool) {
	switch {
	case !s.Entitled():
		return at, next, false
	case s.Status == subscription.StatusTrialing:
		at = s.Trial.End
		return at, h.planOf(s.At(at), at), true
	case s.Cancellation != nil:
		at = s.Cancellation.At
		return at, h.planOf(subscription.State{}, at), true
	case s.PendingChange != nil:
		next = current
		next.product = s.PendingChange.Terms.Product
		return s.CurrentPeriod.End, next, true
	}
	return at, next, false
}

// monthOf gives the calendar month of an instant, in UTC.
func monthOf(now time.Time) entitlement.Span {
	start := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	return entitlement.Span{Start: start, End: start.AddDate(0, 1, 0)}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// product finds a product by its code.
func (s Standing) product(code string) (catalog.Product, bool) {
	at := slices.IndexFunc(s.products, func(p catalog.Product) bool { return p.Code == code })
	if at < 0 {
		return catalog.Product{}, false
	}
	return s.products[at], true
}

// grant tells what a plan gives of a feature.
func (s Standing) grant(p plan, key string) entitlement.Grant {
	product, _ := s.product(p.product)
	g := entitlement.Grant{Source: p.source, Product: p.product, Value: product.Features[key]}
	if p.source == entitlement.SourceLicense {
		if value, licensed := p.licensed[key]; licensed {
			g.Value = value
		}
	}
	if limit, limited := product.Limits[key]; limited {
		g.Limit, g.Period = &entitlement.Bound{Most: limit.Limit}, limit.Per != nil
	}
	if g.Value == nil && g.Limit == nil {
		return entitlement.Grant{}
	}
	return g
}

// Plan tells what the workspace's plan says of a feature. No product and no license knows a key that is not found.
func (s Standing) Plan(key string) (p entitlement.Plan, known bool) {
	p = entitlement.Plan{Key: key, Access: s.plan.access, Window: s.plan.window, Grant: s.grant(s.plan, key)}
	found, known := catalog.FindKey(s.products, key)
	p.Known = entitlement.Key{Zero: zeroOf(found.Type), Limited: found.Limited, Period: found.Per != nil}
	if value, licensed := s.plan.licensed[key]; licensed && !known {
		known, p.Known.Zero = true, zeroOf(catalog.TypeOf(value))
	}
	product, _ := s.product(s.plan.product)
	p.Fail = string(product.Fail.Mode(key))
	if s.next != nil {
		p.Next = &entitlement.Next{At: s.nextAt, Grant: s.grant(*s.next, key)}
	}
	return p, known
}

// Feature tells what a feature comes to at an instant for which the standing holds.
func (s Standing) Feature(key string, now time.Time) (f entitlement.Feature, known bool) {
	p, known := s.Plan(key)
	if !known {
		return f, false
	}
	return p.Resolve(s.entitlement, now), true
}

// Features tells what all features come to, sorted by their keys.
func (s Standing) Features(now time.Time) []entitlement.Feature {
	keys := catalog.Keys(s.products)
	for _, key := range slices.Sorted(maps.Keys(s.plan.licensed)) {
		if _, known := catalog.FindKey(s.products, key); !known {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	features := make([]entitlement.Feature, 0, len(keys))
	for _, key := range keys {
		f, _ := s.Feature(key, now)
		features = append(features, f)
	}
	return features
}

// zeroOf gives the zero of a type of features; of none there is none.
func zeroOf(t catalog.FeatureType) json.RawMessage {
	switch t {
	case catalog.FeatureBoolean:
		return json.RawMessage("false")
	case catalog.FeatureNumber:
		return json.RawMessage("0")
	case catalog.FeatureString:
		return json.RawMessage(`""`)
	case catalog.FeatureObject:
		return json.RawMessage("{}")
	}
	return nil
}
