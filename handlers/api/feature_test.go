package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// openFeatureShop sells products with features.
func (c *client) openFeatureShop() (shown with) {
	c.t.Helper()
	for _, product := range []object{
		{"code": "free", "name": "Free", "tier": 0, "free": true, "limits": object{"calls": object{"limit": 2, "per": "period"}}},
		{"code": "pro", "name": "Pro", "tier": 10,
			"features": object{"sso": false, "colour": "red", "rows": 10.5, "box": object{"gib": 1}},
			"limits":   object{"calls": object{"limit": 10, "per": "period"}, "boards": object{"limit": 3, "per": nil}},
			"fail":     object{"sso": "open"}},
		{"code": "team", "name": "Team", "tier": 20, "features": object{"sso": true, "colour": "blue"}, "limits": object{"calls": object{"limit": nil, "per": "period"}}},
	} {
		shown = c.post("/v1/products", product).is(201).position()
		if product["free"] == nil {
			code := product["code"].(string)
			c.post("/v1/products/"+code+"/prices", object{"code": code + "-month", "currency": "USD", "interval": "month", "unit_amount": "12", "trial_days": 14}).is(201)
		}
	}
	return shown
}

const featuresOfW = "/v1/workspaces/w/features"

func TestFeatures(t *testing.T) {
	t.Parallel()
	tellAll(t, []story{
		{"on the free plan", "2026-01-10", "USD", func(s *tale) {
			shown := s.openFeatureShop()
			s.get(featuresOfW+"/calls", shown).is(200).says(object{
				"key": "calls", "kind": "limited", "allowed": true, "value": nil, "reason": "plan", "source": "plan", "product": "free",
				"limit": 2, "used": 0, "remaining": 2, "resets_at": "2026-02-01T00:00:00Z", "fail": "closed", "upcoming": nil,
			})
			s.get(featuresOfW+"/sso", shown).is(200).says(object{"kind": "boolean", "allowed": false, "value": false, "reason": "not_in_plan", "source": "none", "product": nil, "limit": nil, "used": nil})
			s.get(featuresOfW+"/boards", shown).is(200).says(object{"allowed": false, "reason": "not_in_plan", "limit": 0, "resets_at": nil})
			s.get(featuresOfW+"/none").refused(404, "feature_unknown")
			list := s.get(featuresOfW, shown).is(200)
			var keys []string
			for _, f := range list.at("data").([]any) {
				keys = append(keys, f.(object)["key"].(string))
			}
			if strings.Join(keys, " ") != "boards box calls colour rows sso" {
				s.t.Errorf("keys %v", keys)
			}
			s.post(featuresOfW+"/calls/usage", object{"amount": 2}).is(200).says(object{"key": "calls", "used": 2, "limit": 2, "remaining": 0})
			s.post(featuresOfW+"/calls/usage", object{"amount": 1}).refused(409, "limit_reached").says(object{"used": 2, "limit": 2})
			s.advance("2026-02-01")
			s.post(featuresOfW+"/calls/usage", object{"amount": 1}).is(200).says(object{"used": 1, "resets_at": "2026-03-01T00:00:00Z"})
		}},
		{"of a plan", "2026-01-10", "USD", func(s *tale) {
			s.openFeatureShop()
			bought := s.buy("pro-month", 1, nil)
			s.get(featuresOfW+"/sso", bought.position()).is(200).says(object{"allowed": false, "value": false, "reason": "plan", "product": "pro", "fail": "open"})
			s.get(featuresOfW + "/colour").says(object{"kind": "static", "allowed": true, "value": "red", "fail": "closed"})
			s.get(featuresOfW + "/box").says(object{"value.gib": 1, "allowed": true})
			used := s.post(featuresOfW+"/boards/usage", object{"amount": 3}).is(200).says(object{"used": 3, "remaining": 0, "resets_at": nil})
			s.get(featuresOfW+"/boards", used.position()).says(object{"allowed": false, "reason": "limit_reached", "used": 3})
			s.post(featuresOfW+"/boards/usage?check=true", object{"amount": -1}).is(200).says(object{"used": 2})
			s.get(featuresOfW+"/boards", used.position()).says(object{"used": 3})
			s.post(featuresOfW+"/boards/usage", object{"amount": -4}).refused(422, "usage_below_zero")
			s.post(featuresOfW+"/colour/usage", object{"amount": 1}).refused(422, "feature_not_limited")
			s.post(featuresOfW+"/boards/usage", object{"amount": 0}).refused(422, "amount_invalid")
			s.post(featuresOfW+"/calls/usage", object{"amount": 9}).is(200).says(object{"resets_at": "2026-02-10T00:00:00Z"})
			s.advance("2026-02-10")
			s.post(featuresOfW+"/calls/usage", object{"amount": 9}).is(200).says(object{"used": 9, "resets_at": "2026-03-10T00:00:00Z"})
			s.post(featuresOfW+"/boards/usage?check=true", object{"amount": 1}).refused(409, "limit_reached")
		}},
		{"of the plan to come", "2026-01-10", "USD", func(s *tale) {
			s.openFeatureShop()
			s.buy("team-month", 1, nil)
			down := s.change("downgrade", object{"price": "pro-month"})
			s.get(featuresOfW+"/colour", down.position()).says(object{"value": "blue", "upcoming.at": "2026-02-10T00:00:00Z", "upcoming.value": "red"})
			s.get(featuresOfW + "/calls").says(object{"limit": nil, "remaining": nil, "upcoming.limit": 10})
			end := s.change("cancel", object{"when": "period_end"})
			s.get(featuresOfW+"/calls", end.position()).says(object{"upcoming.at": "2026-02-10T00:00:00Z", "upcoming.limit": 2})
			s.get(featuresOfW + "/sso").says(object{"value": true, "upcoming.value": false})
		}},
		{"of a trial, and paused", "2026-01-10", "USD", func(s *tale) {
			s.openFeatureShop()
			tried := s.post("/v1/workspaces/w/trial", object{"price": "team-month", "at_end": "pause"}).is(201)
			s.get(featuresOfW+"/sso", tried.position()).says(object{"allowed": true, "reason": "trial", "source": "trial"})
			paused := s.advance("2026-01-24")
			s.get(featuresOfW+"/sso", paused.position()).says(object{"allowed": false, "value": true, "reason": "read_only", "source": "plan"})
			s.post(featuresOfW+"/calls/usage", object{"amount": 1}).refused(409, "read_only")
		}},
		{"overridden", "2026-01-10", "USD", func(s *tale) {
			s.openFeatureShop()
			s.buy("pro-month", 1, nil)
			set := s.put(featuresOfW+"/sso", object{"value": true, "until": "2026-01-20T00:00:00Z", "reason": "a pilot"}).is(200)
			set.says(object{"allowed": true, "value": true, "reason": "override", "source": "override", "product": nil, "upcoming.at": "2026-01-20T00:00:00Z", "upcoming.value": false})
			s.get(featuresOfW+"/sso", set.position()).says(object{"allowed": true, "reason": "override"})
			after := s.advance("2026-01-20")
			s.get(featuresOfW+"/sso", after.position()).says(object{"allowed": false, "reason": "plan"})
			s.put(featuresOfW+"/boards", object{"limit": 1, "reason": "x"}).is(200).says(object{"limit": 1})
			s.put(featuresOfW+"/boards", object{"limit": nil, "reason": "x"}).is(200).says(object{"limit": nil, "allowed": true})
			s.post(featuresOfW+"/boards/usage", object{"amount": 1000}).is(200)
			none := s.put(featuresOfW+"/colour", object{"value": "", "reason": "x"}).is(200)
			s.get(featuresOfW+"/colour", none.position()).says(object{"allowed": false, "value": "", "source": "override"})
			s.put(featuresOfW+"/colour", object{"removed": true, "reason": "x"}).is(200).says(object{"allowed": false, "value": "", "reason": "removed", "source": "override"})
			removed := s.delete(featuresOfW + "/colour").is(200).says(object{"allowed": true, "value": "red", "reason": "plan"})
			s.get(featuresOfW+"/colour", removed.position()).says(object{"value": "red"})
			for code, body := range map[string]object{
				"feature_type_mismatch": {"value": "yes", "reason": "x"},
				"override_empty":        {"reason": "x"},
				"override_contradicts":  {"value": true, "removed": true, "reason": "x"},
				"until_invalid":         {"value": true, "until": "2026-01-20T00:00:00Z", "reason": "x"},
				"reason_invalid":        {"value": true, "reason": " "},
				"limit_invalid":         {"limit": -1, "reason": "x"},
				"feature_invalid":       {"value": []any{}, "reason": "x"},
			} {
				s.put(featuresOfW+"/sso", body).refused(422, code)
			}
			s.put(featuresOfW+"/none", object{"value": true, "reason": "x"}).refused(404, "feature_unknown")
			s.post(featuresOfW+"/sso/usage", object{"amount": 1}).refused(422, "feature_not_limited")
		}},
		{"past due and restricted", "2026-01-10", "USD", func(s *tale) {
			s.openFeatureShop()
			s.buy("team-month", 1, nil)
			due := s.advance("2026-02-09T00:00:01Z")
			s.get(featuresOfW+"/sso", due.position()).says(object{"allowed": true, "value": true})
		}},
	})
}

// TestFeaturesHaveAnETagOfTheirContent: what happens elsewhere changes the position and not the tag.
func TestFeaturesHaveAnETagOfTheirContent(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openFeatureShop()
	bought := c.buy("w", "pro-month", 1)
	first := c.get(featuresOfW, bought.position()).is(200)
	tag := first.header.Get("ETag")
	moved := c.seat("other", "ada", "member")
	for _, path := range []string{featuresOfW} {
		c.get(path, moved.position(), header("If-None-Match", tag)).is(304)
		c.get(path, moved.position(), header("If-None-Match", `"x", W/`+tag)).is(304)
		c.get(path, moved.position(), header("If-None-Match", `"x"`)).is(200)
	}
	changed := c.put(featuresOfW+"/sso", object{"value": true, "reason": "x"}).is(200)
	second := c.get(featuresOfW, changed.position(), header("If-None-Match", tag)).is(200)
	if second.header.Get("ETag") == tag || second.at("position").(float64) < first.at("position").(float64) {
		t.Errorf("%s, then %s", tag, second.header.Get("ETag"))
	}
}

// TestTheLastUses has a thousand callers, at two processes, ask at once for what is left of a limit.
func TestTheLastUses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin), b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)}
	clients[0].openFeatureShop()
	for _, processes := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d processes", processes), func(t *testing.T) {
			workspace := fmt.Sprintf("w%d", processes)
			clients[0].buy(workspace, "pro-month", 1)
			var answers tally
			var callers sync.WaitGroup
			for i := range 1_000 {
				callers.Go(func() {
					a, err := clients[i%processes].quick(http.MethodPost, "/v1/workspaces/"+workspace+"/features/calls/usage", object{"amount": 1})
					if err != nil {
						t.Error(err)
						return
					}
					answers.add(a)
				})
			}
			callers.Wait()
			answers.is(t, map[string]int{"200": 10, "409 limit_reached": 990})
		})
	}
}

// TestFlags holds the answers to OpenFeature's clients against OFREP.
func TestFlags(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openFeatureShop()
	bought := c.buy("w", "pro-month", 1)
	flags := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleClient)}
	in := func(workspace any) object {
		return object{"context": object{"targetingKey": "ada", "workspace": workspace, "n": 1e-9}}
	}
	evaluate := func(key string, workspace any) *answered {
		return flags.do(http.MethodPost, "/ofrep/v1/evaluate/flags/"+key, in(workspace), bought.position())
	}
	evaluate("sso", "w").is(200).says(object{"key": "sso", "value": false, "reason": "STATIC", "variant": "off", "metadata.source": "plan",
		"metadata.product": "pro", "metadata.fail": "open", "metadata.access": "full"})
	evaluate("colour", "w").is(200).says(object{"value": "red", "variant": "pro"})
	evaluate("rows", "w").is(200).says(object{"value": 10.5})
	evaluate("box", "w").is(200).says(object{"value.gib": 1})
	evaluate("calls", "w").is(200).says(object{"value": true, "variant": "on", "metadata.limit": 10, "metadata.used": 0, "metadata.remaining": 10})
	evaluate("colour", "stranger").is(200).says(object{"value": "", "reason": "DEFAULT", "variant": "none", "metadata.source": "none"})
	set := c.put(featuresOfW+"/colour", object{"value": "green", "reason": "x"}).is(200)
	flags.do(http.MethodPost, "/ofrep/v1/evaluate/flags/colour", in("w"), set.position()).is(200).says(object{"value": "green", "reason": "TARGETING_MATCH", "variant": "override"})
	for name, test := range map[string]struct {
		key    string
		body   any
		status int
		code   string
	}{
		"unknown flag":     {"none", in("w"), 404, "FLAG_NOT_FOUND"},
		"no name":          {"a%20b", in("w"), 404, "FLAG_NOT_FOUND"},
		"no workspace":     {"sso", object{"context": object{"targetingKey": "ada"}}, 400, "INVALID_CONTEXT"},
		"no context":       {"sso", object{}, 400, "INVALID_CONTEXT"},
		"a number":         {"sso", in(1), 400, "INVALID_CONTEXT"},
		"no name of one":   {"sso", in("a b"), 400, "INVALID_CONTEXT"},
		"a list":           {"sso", []any{}, 400, "PARSE_ERROR"},
		"no JSON":          {"sso", `{`, 400, "PARSE_ERROR"},
		"a context of one": {"sso", object{"context": "w"}, 400, "INVALID_CONTEXT"},
	} {
		t.Run(name, func(t *testing.T) {
			got := flags.do(http.MethodPost, "/ofrep/v1/evaluate/flags/"+test.key, test.body)
			if got.status != test.status || got.text("errorCode") != test.code || got.text("errorDetails") == "" {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		all := flags.do(http.MethodPost, "/ofrep/v1/evaluate/flags", in("w"), set.position()).is(200)
		if n := len(all.at("flags").([]any)); n != 6 {
			t.Errorf("%d flags", n)
		}
		all.says(object{"flags.0.key": "boards", "flags.5.key": "sso"})
		flags.do(http.MethodPost, "/ofrep/v1/evaluate/flags", in("w"), header("If-None-Match", all.header.Get("ETag"))).is(304)
	})
}

// featureRefusals make the routes of features refuse, in workspaces that the test of refusals stages.
var featureRefusals = func() (cases []refusalCase) {
	at := func(workspace, key string) string { return "/v1/workspaces/" + workspace + "/features/" + key }
	use := func(workspace, key, code string, amount int) {
		cases = append(cases, ask("use-feature", code, http.MethodPost, at(workspace, key)+"/usage", object{"amount": amount}, nil))
	}
	use("taken", "none", "feature_unknown", 1)
	use("taken", "calls", "feature_not_in_plan", 1)
	use("metered", "calls", "limit_reached", 1001)
	use("metered", "calls", "usage_below_zero", -1)
	use("metered", "calls", "amount_invalid", 0)
	use("metered", "sso", "feature_not_limited", 1)
	use("unmetered", "calls", "read_only", 1)
	cases = append(cases, ask("get-feature", "feature_unknown", http.MethodGet, at("taken", "none"), nil, nil),
		ask("remove-override", "feature_unknown", http.MethodDelete, at("taken", "none"), nil, nil),
		ask("override-feature", "feature_unknown", http.MethodPut, at("taken", "none"), object{"value": true, "reason": "x"}, nil))
	for code, change := range map[string]object{
		"override_empty": {"value": nil}, "override_contradicts": {"removed": true}, "feature_invalid": {"value": []any{}},
		"feature_type_mismatch": {"value": "yes"}, "limit_invalid": {"limit": -1}, "until_invalid": {"until": "2020-01-01T00:00:00Z"},
		"reason_invalid": {"reason": " "},
	} {
		cases = append(cases, ask("override-feature", code, http.MethodPut, at("taken", "sso"), object{"value": true, "reason": "x"}, change))
	}
	return cases
}()
