package entitlement

import (
	"bytes"
	"encoding/json"
	"time"
)

// Source tells what gives a workspace a feature.
type Source string

const (
	SourcePlan     Source = "plan" // a subscription, or the free product
	SourceTrial    Source = "trial"
	SourceLicense  Source = "license"
	SourceOverride Source = "override"
	SourceNone     Source = "none"
)

// Sources lists all of them.
var Sources = []Source{SourcePlan, SourceTrial, SourceLicense, SourceOverride, SourceNone}

// Kind tells how a feature is given.
type Kind string

const (
	KindBoolean Kind = "boolean" // on or off
	KindStatic  Kind = "static"  // a value
	KindLimited Kind = "limited" // so often
)

// Kinds lists all of them.
var Kinds = []Kind{KindBoolean, KindStatic, KindLimited}

// Reason tells why a feature is allowed or not.
type Reason string

const (
	ReasonPlan         Reason = "plan"
	ReasonTrial        Reason = "trial"
	ReasonLicense      Reason = "license"
	ReasonOverride     Reason = "override"
	ReasonRemoved      Reason = "removed"
	ReasonNotInPlan    Reason = "not_in_plan"
	ReasonLimitReached Reason = "limit_reached"
	ReasonReadOnly     Reason = "read_only"
)

// Reasons lists all of them.
var Reasons = []Reason{
	ReasonPlan, ReasonTrial, ReasonLicense, ReasonOverride, ReasonRemoved, ReasonNotInPlan, ReasonLimitReached, ReasonReadOnly,
}

// Key tells what a ledger's products make of a feature, whichever of them have it.
type Key struct {
	Zero    json.RawMessage // of the values' type; nil where no product has a value
	Limited bool            // some product limits it
	Period  bool            // a limit without a plan's own is for a period
}

// Grant tells what a plan gives of a feature. The zero value gives nothing.
type Grant struct {
	Source  Source          // "" for nothing
	Product string          //
	Value   json.RawMessage // nil where the plan has no value of it
	Limit   *Bound          // nil where the plan does not limit it
	Period  bool            // the limit is for a period
}

// Plan tells what a workspace's plan gives of one feature, as a question about the feature needs it.
type Plan struct {
	Key    string
	Known  Key
	Grant  Grant
	Access Access
	Window Span   // in which use of what is limited for a period counts now
	Fail   string // what clients do that can't ask
	Next   *Next  // what will change by itself, if anything
}

// Next tells what a plan will give from an instant on.
type Next struct {
	At    time.Time
	Grant Grant
}

// Access tells what a plan lets its workspace do.
type Access string

const (
	AccessFull     Access = "full"
	AccessReadOnly Access = "read_only"
	AccessNone     Access = "none"
)

// Feature tells what a feature comes to for a workspace.
type Feature struct {
	Key      string
	Kind     Kind
	Allowed  bool
	Value    json.RawMessage // nil for what is only limited
	Zero     json.RawMessage // of the value's type; nil where no product has a value
	Reason   Reason
	Source   Source
	Product  string // "" where no product gives it
	Limited  bool   // use of it is counted
	Limit    *int64 // nil is without limit
	Used     int64
	ResetsAt *time.Time // when use begins at zero again
	Fail     string
	Access   Access
	Upcoming *Upcoming
}

// Upcoming tells what a feature will be from an instant on.
type Upcoming struct {
	At    time.Time
	Value json.RawMessage
	Limit *int64
}

// Remaining tells how much of what is limited is left; it is nil without a limit.
func (f Feature) Remaining() *int64 {
	if f.Limit == nil {
		return nil
	}
	return new(max(0, *f.Limit-f.Used))
}

// given holds the value of a feature before access and use are looked at.
type given struct {
	Grant
	removed    bool
	overridden bool
}

// at gives what holds at an instant.
func (p Plan) at(s State, now time.Time) given {
	g := given{Grant: p.Grant}
	if p.Next != nil && !now.Before(p.Next.At) {
		g.Grant = p.Next.Grant
	}
	o, set := s.override(p.Key, now)
	if !set {
		return g
	}
	g.overridden, g.removed = true, o.Removed
	if o.Removed {
		return g
	}
	if o.Value != nil {
		g.Value = o.Value
	}
	if o.Limit != nil {
		if g.Limit == nil {
			g.Period = p.Known.Period
		}
		g.Limit = o.Limit
	}
	return g
}

// there reports whether the workspace has the feature at all.
func (g given) there() bool { return !g.removed && (g.overridden || g.Source != "") }

// value gives what clients see: the zero of the type where the workspace does not have the feature.
func (g given) value(known Key) json.RawMessage {
	if !g.there() {
		return known.Zero
	}
	return g.Value
}

// limit gives the most that may be used; nil is without limit.
func (g given) limit() *int64 {
	if !g.there() || g.Limit == nil {
		return nil
	}
	return g.Limit.Most
}

// Resolve tells what a feature comes to at an instant.
func (p Plan) Resolve(s State, now time.Time) Feature {
	g := p.at(s, now)
	f := Feature{
		Key: p.Key, Kind: p.kind(g), Value: g.value(p.Known), Zero: p.Known.Zero, Fail: p.Fail, Access: p.Access, Source: SourceNone, Upcoming: p.upcoming(s, g, now),
	}
	if f.Limited = f.Kind == KindLimited; f.Limited {
		window := p.window(g)
		f.Limit, f.Used = g.limit(), s.used(p.Key, window)
		if window != nil {
			f.ResetsAt = &window.End
		}
		if !g.there() {
			f.Limit = new(int64(0))
		}
	}
	switch {
	case g.overridden:
		f.Source = SourceOverride
	case g.there():
		f.Source, f.Product = g.Source, g.Product
	}
	f.Reason = p.reason(g, f)
	f.Allowed = f.Reason != ReasonRemoved && f.Reason != ReasonNotInPlan && f.Reason != ReasonReadOnly && f.Reason != ReasonLimitReached &&
		(f.Value == nil || !IsZero(f.Value))
	return f
}

func (p Plan) reason(g given, f Feature) Reason {
	switch {
	case g.removed:
		return ReasonRemoved
	case !g.there():
		return ReasonNotInPlan
	case p.Access != AccessFull:
		return ReasonReadOnly
	case f.Limit != nil && f.Used >= *f.Limit:
		return ReasonLimitReached
	}
	return Reason(f.Source)
}

func (p Plan) kind(g given) Kind {
	switch {
	case p.Known.Limited || g.Limit != nil:
		return KindLimited
	case len(p.Known.Zero) > 0 && p.Known.Zero[0] == 'f' || len(p.Known.Zero) == 0 && isBoolean(g.Value):
		return KindBoolean
	}
	return KindStatic
}

// window gives the span in which use counts; nil is for ever.
func (p Plan) window(g given) *Span {
	perPeriod := g.Period
	if g.Limit == nil {
		perPeriod = p.Known.Period
	}
	if !perPeriod {
		return nil
	}
	return &p.Window
}

// upcoming finds the first change that will happen by itself.
func (p Plan) upcoming(s State, g given, now time.Time) *Upcoming {
	var times []time.Time
	if o, set := s.override(p.Key, now); set && o.Until != nil {
		times = append(times, *o.Until)
	}
	if p.Next != nil && p.Next.At.After(now) {
		times = append(times, p.Next.At)
	}
	if len(times) == 2 && times[1].Before(times[0]) {
		times[0], times[1] = times[1], times[0]
	}
	for _, at := range times {
		then := p.at(s, at)
		u := &Upcoming{At: at, Value: then.value(p.Known), Limit: then.limit()}
		if !bytes.Equal(u.Value, g.value(p.Known)) || !sameLimit(then, g) {
			return u
		}
	}
	return nil
}

func sameLimit(a, b given) bool {
	first, second := a.limit(), b.limit()
	if first == nil || second == nil {
		return first == second && a.there() == b.there()
	}
	return *first == *second
}

func IsZero(value json.RawMessage) bool {
	switch string(value) {
	case "false", `""`, "{}":
		return true
	}
	c := value[0]
	return (c == '-' || c >= '0' && c <= '9') && len(bytes.Trim(bytes.SplitN(bytes.ToLower(value), []byte("e"), 2)[0], "-0.")) == 0
}

func isBoolean(value json.RawMessage) bool {
	return string(value) == "true" || string(value) == "false"
}
