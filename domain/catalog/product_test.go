package catalog

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func product(code string, tier int) ProductCreated {
	return ProductCreated{Product: code, Name: code, Family: "main", Tier: tier, Features: Features{}, Limits: Limits{},
		GuestsPerSeat: 5, FreeSeats: 12}
}

func freeProduct(code string) ProductCreated {
	created := product(code, 0)
	created.Free = true
	return created
}

func TestCreateProduct(t *testing.T) {
	t.Parallel()
	t.Run("by its defaults", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(CreateProduct{Code: "pro", Name: "pro", Tier: new(20)}).Then(t, product("pro", 20))
	})
	t.Run("beside a free one", func(t *testing.T) {
		t.Parallel()
		spec.Given(freeProduct("free")).When(CreateProduct{Code: "pro", Name: "pro", Tier: new(0)}).Then(t, product("pro", 0))
	})
	t.Run("free after an archived one", func(t *testing.T) {
		t.Parallel()
		spec.Given(freeProduct("old"), ProductArchived{Product: "old"}).
			When(CreateProduct{Code: "new", Name: "new", Tier: new(0), Free: true}).Then(t, freeProduct("new"))
	})
	t.Run("with all that can be given", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(CreateProduct{
			Code: "pro", Name: "Pro – für alle", Family: new("apps"), Tier: new(tierMax),
			Features:      Features{"sso": raw(` true `), "gib": raw(`1.50`), "plan": raw(`"<\u0041"`), "box": raw(`{ "b": [1, null], "a": 1e3 }`)},
			Limits:        map[string]NewLimit{"calls": {Limit: new(int64(9)), Per: new("period")}, "docs": {Limit: new(int64(0))}, "rows": {}},
			Fail:          map[string]string{"sso": "open", "calls": "closed"},
			GuestsPerSeat: new(int64(0)), Free: true, FreeSeats: new(int64(3)),
		}).Then(t, ProductCreated{
			Product: "pro", Name: "Pro – für alle", Family: "apps", Tier: tierMax,
			Features:      Features{"sso": raw(`true`), "gib": raw(`1.50`), "plan": raw(`"<A"`), "box": raw(`{"a":1e3,"b":[1,null]}`)},
			Limits:        Limits{"calls": {Limit: new(int64(9)), Per: new(LimitPerPeriod)}, "docs": {Limit: new(int64(0))}, "rows": {}},
			Fail:          Fail{"sso": FailOpen, "calls": FailClosed},
			GuestsPerSeat: 0, Free: true, FreeSeats: 3,
		})
	})
}

func TestCreateProductIsRefused(t *testing.T) {
	t.Parallel()
	good := func(change func(*CreateProduct)) CreateProduct {
		command := CreateProduct{Code: "pro", Name: "Pro", Tier: new(20)}
		change(&command)
		return command
	}
	for name, tt := range map[string]struct {
		command CreateProduct
		code    string
		pointer string
	}{
		"no code":          {good(func(c *CreateProduct) { c.Code = "" }), "name_invalid", "/code"},
		"long code":        {good(func(c *CreateProduct) { c.Code = strings.Repeat("a", 65) }), "name_invalid", "/code"},
		"no name":          {good(func(c *CreateProduct) { c.Name = "" }), "display_name_invalid", "/name"},
		"long name":        {good(func(c *CreateProduct) { c.Name = strings.Repeat("ä", 201) }), "display_name_invalid", "/name"},
		"two lines":        {good(func(c *CreateProduct) { c.Name = "a\nb" }), "display_name_invalid", "/name"},
		"no UTF-8":         {good(func(c *CreateProduct) { c.Name = "a\xff" }), "display_name_invalid", "/name"},
		"family":           {good(func(c *CreateProduct) { c.Family = new("a b") }), "name_invalid", "/family"},
		"no tier":          {good(func(c *CreateProduct) { c.Tier = nil }), "tier_required", "/tier"},
		"low tier":         {good(func(c *CreateProduct) { c.Tier = new(-1) }), "tier_invalid", "/tier"},
		"high tier":        {good(func(c *CreateProduct) { c.Tier = new(tierMax + 1) }), "tier_invalid", "/tier"},
		"guests":           {good(func(c *CreateProduct) { c.GuestsPerSeat = new(int64(-1)) }), "guests_per_seat_invalid", "/guests_per_seat"},
		"free seats":       {good(func(c *CreateProduct) { c.FreeSeats = new(int64(1_000_001)) }), "free_seats_invalid", "/free_seats"},
		"feature key":      {good(func(c *CreateProduct) { c.Features = Features{"a/b~": raw(`true`)} }), "name_invalid", "/features/a~1b~0"},
		"feature list":     {good(func(c *CreateProduct) { c.Features = Features{"a": raw(`[1]`)} }), "feature_invalid", "/features/a"},
		"feature null":     {good(func(c *CreateProduct) { c.Features = Features{"a": raw(`null`)} }), "feature_invalid", "/features/a"},
		"feature nothing":  {good(func(c *CreateProduct) { c.Features = Features{"a": nil} }), "feature_invalid", "/features/a"},
		"feature twice":    {good(func(c *CreateProduct) { c.Features = Features{"a": raw(`1 2`)} }), "feature_invalid", "/features/a"},
		"feature too big":  {good(func(c *CreateProduct) { c.Features = Features{"a": raw(`"` + strings.Repeat("x", 4095) + `"`)} }), "feature_invalid", "/features/a"},
		"limit key":        {good(func(c *CreateProduct) { c.Limits = map[string]NewLimit{"": {Limit: new(int64(1))}} }), "name_invalid", "/limits/"},
		"fail key":         {good(func(c *CreateProduct) { c.Fail = map[string]string{"": "open"} }), "name_invalid", "/fail/"},
		"fail ajar":        {good(func(c *CreateProduct) { c.Fail = map[string]string{"a": "ajar"} }), "fail_invalid", "/fail/a"},
		"negative limit":   {good(func(c *CreateProduct) { c.Limits = map[string]NewLimit{"a": {Limit: new(int64(-1))}} }), "limit_invalid", "/limits/a/limit"},
		"limit per moment": {good(func(c *CreateProduct) { c.Limits = map[string]NewLimit{"a": {Limit: new(int64(1)), Per: new("day")}} }), "per_invalid", "/limits/a/per"},
		"many features":    {good(func(c *CreateProduct) { c.Features = manyFeatures(201) }), "features_too_many", "/features"},
		"many limits":      {good(func(c *CreateProduct) { c.Limits = manyLimits(201) }), "limits_too_many", "/limits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rejection := spec.Given().When(tt.command).ThenRejected(t, tt.code)
			if len(rejection.Fields) != 1 || rejection.Fields[0].Pointer != tt.pointer || rejection.Kind != domain.KindInvalid {
				t.Errorf("%s, fields %+v, want %s", rejection.Kind, rejection.Fields, tt.pointer)
			}
		})
	}
	t.Run("a code that exists", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 1)).When(CreateProduct{Code: "pro", Name: "Pro", Tier: new(20)}).ThenRejected(t, "product_exists")
	})
	t.Run("a code that existed", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 1), ProductArchived{Product: "pro"}).When(CreateProduct{Code: "pro", Name: "Pro", Tier: new(20)}).
			ThenRejected(t, "product_exists")
	})
	t.Run("a second free product", func(t *testing.T) {
		t.Parallel()
		spec.Given(freeProduct("free")).When(CreateProduct{Code: "gratis", Name: "Gratis", Tier: new(0), Free: true}).
			ThenRejected(t, "free_product_exists")
	})
	t.Run("all fields at once", func(t *testing.T) {
		t.Parallel()
		r := spec.Given().When(CreateProduct{Family: new(""), Features: Features{"a": nil, "": nil}}).ThenRejected(t, "name_invalid")
		if len(r.Fields) != 7 || !strings.Contains(r.Message, "and 6 more") {
			t.Errorf("%q with %+v", r.Message, r.Fields)
		}
	})
}

func manyFeatures(n int) Features {
	many := Features{}
	for i := range n {
		many[fmt.Sprint("f", i)] = raw(`true`)
	}
	return many
}

func manyLimits(n int) map[string]NewLimit {
	many := map[string]NewLimit{}
	for i := range n {
		many[fmt.Sprint("l", i)] = NewLimit{Limit: new(int64(1))}
	}
	return many
}

func TestChangeProduct(t *testing.T) {
	t.Parallel()
	created := product("pro", 1)
	created.Features, created.Limits = Features{"a": raw(`{"x":"<"}`)}, Limits{"l": {Limit: new(int64(1))}}
	given := spec.Given(created)
	renamed := ProductChanged{Product: "pro", Name: "Pro", Features: created.Features, Limits: created.Limits}
	for name, test := range map[string]struct {
		when ChangeProduct
		then []domain.Event
	}{
		"its name": {ChangeProduct{Code: "pro", Name: new("Pro")}, []domain.Event{renamed}},
		"its features": {ChangeProduct{Code: "pro", Features: Features{}}, []domain.Event{
			ProductChanged{Product: "pro", Name: "pro", Features: Features{}, Limits: created.Limits}}},
		"its limits": {ChangeProduct{Code: "pro", Limits: map[string]NewLimit{}}, []domain.Event{
			ProductChanged{Product: "pro", Name: "pro", Features: created.Features, Limits: Limits{}}}},
		"nothing": {ChangeProduct{Code: "pro"}, nil},
		"nothing but how it is written": {ChangeProduct{Code: "pro", Name: new("pro"), Features: Features{"a": raw(`{ "x" : "\u003c" }`)},
			Limits: map[string]NewLimit{"l": {Limit: new(int64(1))}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given.When(test.when).Then(t, test.then...)
		})
	}
	t.Run("its modes", func(t *testing.T) {
		t.Parallel()
		changed := ProductChanged{Product: "pro", Name: "pro", Features: created.Features, Limits: created.Limits, Fail: Fail{"l": FailOpen}}
		given.When(ChangeProduct{Code: "pro", Fail: map[string]string{"l": "open"}}).Then(t, changed)
		again := spec.Given(created, changed)
		again.When(ChangeProduct{Code: "pro", Fail: map[string]string{"l": "open"}}).Then(t)
		again.When(ChangeProduct{Code: "pro", Name: new("Pro")}).Then(t, ProductChanged{Product: "pro", Name: "Pro", Features: created.Features, Limits: created.Limits, Fail: Fail{"l": FailOpen}})
	})
	t.Run("once it is archived", func(t *testing.T) {
		t.Parallel()
		spec.Given(created, ProductArchived{Product: "pro"}).When(ChangeProduct{Code: "pro", Name: new("Pro")}).Then(t, renamed)
	})
	for code, command := range map[string]ChangeProduct{
		"product_not_found":    {Code: "none", Name: new("x")},
		"display_name_invalid": {Code: "pro", Name: new("")},
		"feature_invalid":      {Code: "pro", Features: Features{"a": raw(`[]`)}},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			given.When(command).ThenRejected(t, code)
		})
	}
}

func TestArchiveProduct(t *testing.T) {
	t.Parallel()
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 1)).When(ArchiveProduct{Code: "pro"}).Then(t, ProductArchived{Product: "pro"})
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 1), ProductArchived{Product: "pro"}).When(ArchiveProduct{Code: "pro"}).Then(t)
	})
	t.Run("no product", func(t *testing.T) {
		t.Parallel()
		spec.Given().When(ArchiveProduct{Code: "pro"}).ThenRejected(t, "product_not_found")
	})
}

func TestAKeyHasOneType(t *testing.T) {
	t.Parallel()
	first := product("pro", 1)
	first.Features, first.Limits = Features{"sso": raw(`true`), "gib": raw(`1.5`), "plan": raw(`"x"`), "box": raw(`{}`)}, Limits{"calls": {Limit: new(int64(1))}}
	given := spec.Given(first, product("team", 2))
	for name, test := range map[string]struct {
		features Features
		code     string // "" for none
	}{
		"the same":          {Features{"sso": raw(`false`), "gib": raw(`-2`), "plan": raw(`""`), "box": raw(`{"a":1}`)}, ""},
		"a new key":         {Features{"new": raw(`1`)}, ""},
		"of a limit":        {Features{"calls": raw(`true`)}, ""},
		"text for a truth":  {Features{"sso": raw(`"true"`)}, "feature_type_mismatch"},
		"a truth for count": {Features{"gib": raw(`false`)}, "feature_type_mismatch"},
		"a count for text":  {Features{"plan": raw(`0`)}, "feature_type_mismatch"},
		"text for a box":    {Features{"box": raw(`"a"`)}, "feature_type_mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed, created := given.When(ChangeProduct{Code: "team", Features: test.features}), given.When(CreateProduct{Code: "new", Name: "new", Tier: new(0), Features: test.features})
			if test.code != "" {
				changed.ThenRejected(t, test.code)
				created.ThenRejected(t, test.code)
				return
			}
			changed.Then(t, ProductChanged{Product: "team", Name: "team", Features: test.features, Limits: Limits{}})
		})
	}
	t.Run("its own may change", func(t *testing.T) {
		t.Parallel()
		given.When(ChangeProduct{Code: "pro", Features: Features{"sso": raw(`"yes"`)}}).
			Then(t, ProductChanged{Product: "pro", Name: "pro", Features: Features{"sso": raw(`"yes"`)}, Limits: first.Limits})
	})
	var state State
	for _, event := range []domain.Event{first, product("team", 2)} {
		state = Evolve(state, event)
	}
	if keys := Keys(state.Products()); strings.Join(keys, " ") != "box calls gib plan sso" {
		t.Errorf("keys %v", keys)
	}
	if key, found := FindKey(state.Products(), "calls"); !found || !key.Limited || key.Type != "" {
		t.Errorf("%+v, %v", key, found)
	}
	if _, found := FindKey(state.Products(), "none"); found {
		t.Error("a key that nobody has is found")
	}
}
