package entitlement

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	now   = time.Date(2027, 1, 10, 12, 0, 0, 0, time.UTC)
	month = Span{Start: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)}
	spec  = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

// limited is a feature of 10 uses a month.
func limited(change func(*Plan)) Plan {
	p := Plan{
		Key: "calls", Known: Key{Limited: true, Period: true}, Access: AccessFull, Window: month, Fail: "closed",
		Grant: Grant{Source: SourcePlan, Product: "pro", Limit: &Bound{Most: new(int64(10))}, Period: true},
	}
	if change != nil {
		change(&p)
	}
	return p
}

// boolean is a feature that is on.
func boolean(change func(*Plan)) Plan {
	p := Plan{
		Key: "sso", Known: Key{Zero: raw("false")}, Access: AccessFull, Window: month, Fail: "open",
		Grant: Grant{Source: SourceTrial, Product: "pro", Value: raw("true")},
	}
	if change != nil {
		change(&p)
	}
	return p
}

func used(n int64) Used { return Used{Key: "calls", Amount: n, Used: n, Window: &month} }

func TestResolve(t *testing.T) {
	t.Parallel()
	until := now.Add(time.Hour)
	set := func(key string, o Override) domain.Event { return OverrideSet{Key: key, Override: o} }
	for name, test := range map[string]struct {
		plan  Plan
		given []domain.Event
		want  Feature
	}{
		"on": {boolean(nil), nil, Feature{Key: "sso", Kind: KindBoolean, Allowed: true, Value: raw("true"), Reason: ReasonTrial, Source: SourceTrial, Product: "pro"}},
		"off in the plan": {boolean(func(p *Plan) { p.Grant.Value = raw("false") }), nil,
			Feature{Key: "sso", Kind: KindBoolean, Value: raw("false"), Reason: ReasonTrial, Source: SourceTrial, Product: "pro"}},
		"not in the plan": {boolean(func(p *Plan) { p.Grant = Grant{} }), nil, Feature{Key: "sso", Kind: KindBoolean, Value: raw("false"), Reason: ReasonNotInPlan, Source: SourceNone}},
		"removed":         {boolean(nil), []domain.Event{set("sso", Override{Removed: true})}, Feature{Key: "sso", Kind: KindBoolean, Value: raw("false"), Reason: ReasonRemoved, Source: SourceOverride}},
		"read only": {boolean(func(p *Plan) { p.Access = AccessReadOnly }), nil,
			Feature{Key: "sso", Kind: KindBoolean, Value: raw("true"), Reason: ReasonReadOnly, Source: SourceTrial, Product: "pro"}},
		"overridden for a while": {boolean(func(p *Plan) { p.Grant = Grant{} }), []domain.Event{set("sso", Override{Value: raw("true"), Until: &until})},
			Feature{Key: "sso", Kind: KindBoolean, Allowed: true, Value: raw("true"), Reason: ReasonOverride, Source: SourceOverride, Upcoming: &Upcoming{At: until, Value: raw("false")}}},
		"overridden until now": {boolean(nil), []domain.Event{set("sso", Override{Removed: true, Until: &now})},
			Feature{Key: "sso", Kind: KindBoolean, Allowed: true, Value: raw("true"), Reason: ReasonTrial, Source: SourceTrial, Product: "pro"}},
		"a text": {Plan{Key: "tier", Known: Key{Zero: raw(`""`)}, Access: AccessFull, Grant: Grant{Source: SourcePlan, Product: "pro", Value: raw(`"gold"`)}}, nil,
			Feature{Key: "tier", Kind: KindStatic, Allowed: true, Value: raw(`"gold"`), Reason: ReasonPlan, Source: SourcePlan, Product: "pro"}},
		"of the license": {Plan{Key: "n", Known: Key{Zero: raw(`0`)}, Access: AccessFull, Grant: Grant{Source: SourceLicense, Product: "pro", Value: raw(`0.0`)}}, nil,
			Feature{Key: "n", Kind: KindStatic, Value: raw(`0.0`), Reason: ReasonLicense, Source: SourceLicense, Product: "pro"}},
		"limited": {limited(nil), []domain.Event{used(4)}, Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonPlan, Source: SourcePlan, Product: "pro",
			Limited: true, Limit: new(int64(10)), Used: 4, ResetsAt: &month.End}},
		"limit reached": {limited(nil), []domain.Event{used(10)}, Feature{Key: "calls", Kind: KindLimited, Reason: ReasonLimitReached, Source: SourcePlan, Product: "pro",
			Limited: true, Limit: new(int64(10)), Used: 10, ResetsAt: &month.End}},
		"a new period": {limited(func(p *Plan) { p.Window = Span{month.End, month.End.AddDate(0, 1, 0)} }), []domain.Event{used(10)},
			Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonPlan, Source: SourcePlan, Product: "pro", Limited: true, Limit: new(int64(10)), ResetsAt: new(month.End.AddDate(0, 1, 0))}},
		"for ever": {limited(func(p *Plan) { p.Grant.Period = false }), []domain.Event{Used{Key: "calls", Amount: 3, Used: 3}},
			Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonPlan, Source: SourcePlan, Product: "pro", Limited: true, Limit: new(int64(10)), Used: 3}},
		"without limit": {limited(func(p *Plan) { p.Grant.Limit = &Bound{} }), []domain.Event{used(100)},
			Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonPlan, Source: SourcePlan, Product: "pro", Limited: true, Used: 100, ResetsAt: &month.End}},
		"a limit of another product": {limited(func(p *Plan) { p.Grant = Grant{} }), nil,
			Feature{Key: "calls", Kind: KindLimited, Reason: ReasonNotInPlan, Source: SourceNone, Limited: true, Limit: new(int64(0)), ResetsAt: &month.End}},
		"a higher limit": {limited(nil), []domain.Event{used(10), set("calls", Override{Limit: &Bound{Most: new(int64(11))}})},
			Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonOverride, Source: SourceOverride, Limited: true, Limit: new(int64(11)), Used: 10, ResetsAt: &month.End}},
		"less with the next plan": {limited(func(p *Plan) {
			p.Next = &Next{At: month.End, Grant: Grant{Source: SourcePlan, Limit: &Bound{Most: new(int64(1))}, Period: true}}
		}), nil, Feature{Key: "calls", Kind: KindLimited, Allowed: true, Reason: ReasonPlan, Source: SourcePlan, Product: "pro", Limited: true, Limit: new(int64(10)),
			ResetsAt: &month.End, Upcoming: &Upcoming{At: month.End, Limit: new(int64(1))}}},
		"the same with the next plan": {boolean(func(p *Plan) { p.Next = &Next{At: month.End, Grant: p.Grant} }), nil,
			Feature{Key: "sso", Kind: KindBoolean, Allowed: true, Value: raw("true"), Reason: ReasonTrial, Source: SourceTrial, Product: "pro"}},
		"an override beyond the next plan": {boolean(func(p *Plan) { p.Next = &Next{At: month.End} }), []domain.Event{set("sso", Override{Value: raw("true"), Until: new(month.End.Add(time.Hour))})},
			Feature{Key: "sso", Kind: KindBoolean, Allowed: true, Value: raw("true"), Reason: ReasonOverride, Source: SourceOverride, Upcoming: &Upcoming{At: month.End.Add(time.Hour), Value: raw("false")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var state State
			for _, event := range test.given {
				state = Evolve(state, event)
			}
			test.want.Fail, test.want.Access, test.want.Zero = test.plan.Fail, test.plan.Access, test.plan.Known.Zero
			if got := test.plan.Resolve(state, now); !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v\nwant %+v", got, test.want)
			}
			if state.Size() <= 0 {
				t.Error("no size")
			}
		})
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given []domain.Event
		plan  Plan
		n     int64
		then  Used   // where it is counted
		code  string // where it is refused
	}{
		"the first":            {nil, limited(nil), 3, Used{Key: "calls", Amount: 3, Used: 3, Window: &month}, ""},
		"the last":             {[]domain.Event{used(3)}, limited(nil), 7, Used{Key: "calls", Amount: 7, Used: 10, Window: &month, Reached: true}, ""},
		"one too many":         {[]domain.Event{used(3)}, limited(nil), 8, Used{}, "limit_reached"},
		"back":                 {[]domain.Event{used(3)}, limited(nil), -3, Used{Key: "calls", Amount: -3, Used: 0, Window: &month}, ""},
		"too much back":        {[]domain.Event{used(3)}, limited(nil), -4, Used{}, "usage_below_zero"},
		"back of a month ago":  {[]domain.Event{used(3)}, limited(func(p *Plan) { p.Window.Start = month.End }), -1, Used{}, "usage_below_zero"},
		"back of a lost plan":  {[]domain.Event{used(3)}, limited(func(p *Plan) { p.Grant = Grant{} }), -1, Used{Key: "calls", Amount: -1, Used: 2, Window: &month}, ""},
		"of a lost plan":       {nil, limited(func(p *Plan) { p.Grant = Grant{} }), 1, Used{}, "feature_not_in_plan"},
		"removed":              {[]domain.Event{OverrideSet{Key: "calls", Override: Override{Removed: true}}}, limited(nil), 1, Used{}, "feature_not_in_plan"},
		"off":                  {nil, limited(func(p *Plan) { p.Grant.Value = raw("false") }), 1, Used{}, "feature_not_in_plan"},
		"read only":            {nil, limited(func(p *Plan) { p.Access = AccessReadOnly }), 1, Used{}, "read_only"},
		"without limit":        {nil, limited(func(p *Plan) { p.Grant.Limit = &Bound{} }), 1_000_000, Used{Key: "calls", Amount: 1_000_000, Used: 1_000_000, Window: &month}, ""},
		"without limit, still": {[]domain.Event{used(amountMax)}, limited(func(p *Plan) { p.Grant.Limit = &Bound{} }), 1, Used{}, "amount_invalid"},
		"not limited":          {nil, boolean(nil), 1, Used{}, "feature_not_limited"},
		"nothing":              {nil, limited(nil), 0, Used{}, "amount_invalid"},
		"beyond all":           {nil, limited(nil), amountMax + 1, Used{}, "amount_invalid"},
		"for ever":             {[]domain.Event{Used{Key: "calls", Amount: 9, Used: 9}}, limited(func(p *Plan) { p.Grant.Period = false }), 1, Used{Key: "calls", Amount: 1, Used: 10, Reached: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verdict := spec.Given(test.given...).When(Use{Plan: test.plan, Amount: test.n})
			if test.code == "" {
				verdict.Then(t, test.then)
				return
			}
			r := verdict.ThenRejected(t, test.code)
			if r.Code == "limit_reached" && (r.Details["used"] != int64(3) || r.Details["limit"] != int64(10)) || r.Code == "feature_not_in_plan" && r.Kind != domain.KindDeclined {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	full := SetOverride{Key: "sso", Value: raw("true"), Limit: &Bound{}, Until: new(now.Add(time.Hour)), Reason: "a pilot"}
	set := OverrideSet{Key: "sso", Override: Override{Value: raw("true"), Limit: &Bound{}, Until: full.Until, Reason: "a pilot"}}
	spec.Given().When(full).Then(t, set)
	spec.Given(set).When(full).Then(t)
	spec.Given(set).When(RemoveOverride{Key: "sso"}).Then(t, OverrideRemoved{Key: "sso"})
	spec.Given(set, OverrideRemoved{Key: "sso"}).When(RemoveOverride{Key: "sso"}).Then(t)
	for code, c := range map[string]SetOverride{
		"override_empty":       {Key: "sso", Reason: "x"},
		"override_contradicts": {Key: "sso", Removed: true, Value: raw("true"), Reason: "x"},
		"until_invalid":        {Key: "sso", Removed: true, Until: &now, Reason: "x"},
		"reason_invalid":       {Key: "sso", Removed: true},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(c).ThenRejected(t, code)
		})
	}
}

func TestLicense(t *testing.T) {
	t.Parallel()
	license := License{ID: "lic-1", Product: "pro", Seats: 5, StartsAt: now, ExpiresAt: new(now.Add(time.Hour)), Restricts: true}
	more := license
	more.Seats = 6
	spec.Given().When(SetLicense{license}).Then(t, Licensed{license})
	spec.Given(Licensed{license}).When(SetLicense{license}).Then(t)
	spec.Given(Licensed{license}).When(SetLicense{more}).Then(t, Licensed{more})
	spec.Given(Licensed{license}).When(SetLicense{License{ID: "lic-2"}}).ThenRejected(t, "license_active")
	longer := more
	longer.ClosesAt, longer.ReadOnlyFrom = &now, new(now.Add(time.Hour))
	confirmed := LicenseConfirmed{ID: "lic-1", ClosesAt: longer.ClosesAt, ReadOnlyFrom: longer.ReadOnlyFrom}
	spec.Given(Licensed{more}).When(SetLicense{longer}).Then(t, confirmed)
	spec.Given(Licensed{more}, confirmed).When(SetLicense{longer}).Then(t)
	spec.Given(Licensed{license}).When(SetLicense{longer}).Then(t, Licensed{longer})
	spec.Given(Licensed{license}).When(EndLicense{"lic-2"}).Then(t)
	spec.Given(Licensed{license}).When(EndLicense{"lic-1"}).Then(t, Unlicensed{"lic-1"})
	spec.Given(Licensed{license}, Unlicensed{"lic-1"}).When(SetLicense{License{ID: "lic-2"}}).Then(t, Licensed{License{ID: "lic-2"}})
	for name, test := range map[string]struct {
		license License
		at      time.Time
		want    Access
	}{
		"running":   {license, now, AccessFull},
		"expired":   {license, now.Add(time.Hour), AccessReadOnly},
		"goes on":   {License{ExpiresAt: &now}, now, AccessFull},
		"suspended": {License{ReadOnly: true}, now, AccessReadOnly},
		"confirmed": {License{ReadOnlyFrom: new(now.Add(time.Second))}, now, AccessFull},
		"stale":     {License{ReadOnlyFrom: &now}, now, AccessReadOnly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.license.Access(test.at); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestHowALicenseIs(t *testing.T) {
	t.Parallel()
	for want, l := range map[LicenseStatus]License{
		LicenseActive:    {ExpiresAt: new(now.AddDate(0, 0, 14).Add(1))},
		LicenseExpiring:  {ExpiresAt: new(now.AddDate(0, 0, 14))},
		LicenseExpired:   {ExpiresAt: &now},
		LicenseSuspended: {ExpiresAt: &now, Stopped: LicenseSuspended},
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			if got := l.Status(now); got != want {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestUntilWhenALicenseStaysAsItIs(t *testing.T) {
	t.Parallel()
	soon, late := now.Add(time.Hour), now.Add(2*time.Hour)
	for name, test := range map[string]struct {
		license License
		want    time.Time
	}{
		"for good":        {License{}, time.Time{}},
		"to its end":      {License{ExpiresAt: &soon, ReadOnlyFrom: &late}, soon},
		"to be confirmed": {License{ExpiresAt: &late, ReadOnlyFrom: &soon, ClosesAt: &now}, soon},
		"past":            {License{ExpiresAt: &now, ReadOnlyFrom: &late}, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if at, ok := test.license.Until(now); ok == test.want.IsZero() || !at.Equal(test.want) {
				t.Errorf("%s, %t, want %s", at, ok, test.want)
			}
		})
	}
	if l := (License{ClosesAt: &now}); l.Closed(now.Add(-1)) || !l.Closed(now) {
		t.Error("a license closes at another instant than it says")
	}
}
