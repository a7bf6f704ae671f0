package client_test

import (
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

// flagged makes a ledger in which the workspace w has features of each type.
func flagged(t *testing.T, ledger string) *stage {
	t.Helper()
	s := &stage{t: t, url: os.Getenv(urlVariable)}
	s.open(ledger)
	s.do("POST", "/v1/products", `{"code":"free","name":"Free","tier":0,"free":true}`)
	s.do("POST", "/v1/products", `{"code":"pro","name":"Pro","tier":10,"features":{"sso":true,"colour":"red","ratio":2.5,"rows":7,"box":{"gib":1,"fast":true}},`+
		`"limits":{"calls":{"limit":1,"per":"period"}}}`)
	s.do("POST", "/v1/products/pro/prices", `{"code":"pro-month","currency":"USD","interval":"month","unit_amount":"12.00"}`)
	s.do("POST", "/v1/workspaces/w/subscription", `{"price":"pro-month","seats":1,"collection":"send_invoice"}`)
	s.do("POST", "/v1/workspaces/w/features/calls/usage", `{"amount":1}`)
	s.do("GET", "/v1/workspaces/w/features", "") // shows all that
	return s
}

// TestOpenFeature lets OpenFeature's own provider for Go evaluate flags.
func TestOpenFeature(t *testing.T) {
	t.Parallel()
	s := flagged(t, "openfeature-go")
	if err := openfeature.SetNamedProviderAndWait("tallystick", ofrep.NewProvider(s.url, ofrep.WithBearerToken(s.key))); err != nil {
		t.Fatal(err)
	}
	client, ctx := openfeature.NewClient("tallystick"), t.Context()
	in := openfeature.NewEvaluationContext("ada", map[string]any{"workspace": "w", "plan": "x"})
	t.Run("boolean", func(t *testing.T) {
		got, err := client.BooleanValueDetails(ctx, "sso", false, in)
		if err != nil || !got.Value || got.Variant != "on" || got.Reason != openfeature.StaticReason || got.FlagMetadata["product"] != "pro" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("limited", func(t *testing.T) {
		got, err := client.BooleanValueDetails(ctx, "calls", true, in)
		if err != nil || got.Value || got.Variant != "off" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("string", func(t *testing.T) {
		if got, err := client.StringValueDetails(ctx, "colour", "", in); err != nil || got.Value != "red" || got.Variant != "pro" {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("numbers", func(t *testing.T) {
		ratio, err := client.FloatValue(ctx, "ratio", 0, in)
		rows, alsoErr := client.IntValue(ctx, "rows", 0, in)
		if err != nil || alsoErr != nil || ratio != 2.5 || rows != 7 {
			t.Errorf("%v %v, %v %v", ratio, rows, err, alsoErr)
		}
	})
	t.Run("object", func(t *testing.T) {
		got, err := client.ObjectValue(ctx, "box", nil, in)
		if want := map[string]any{"gib": 1.0, "fast": true}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%#v, %v", got, err)
		}
	})
	t.Run("on the free plan", func(t *testing.T) {
		got, err := client.BooleanValueDetails(ctx, "sso", true, openfeature.NewEvaluationContext("ada", map[string]any{"workspace": "stranger"}))
		if err != nil || got.Value || got.Reason != openfeature.DefaultReason {
			t.Errorf("%+v, %v", got, err)
		}
	})
	for code, evaluate := range map[openfeature.ErrorCode]func() (openfeature.BooleanEvaluationDetails, error){
		openfeature.FlagNotFoundCode: func() (openfeature.BooleanEvaluationDetails, error) {
			return client.BooleanValueDetails(ctx, "none", true, in)
		},
		openfeature.TypeMismatchCode: func() (openfeature.BooleanEvaluationDetails, error) {
			return client.BooleanValueDetails(ctx, "colour", true, in)
		},
		openfeature.InvalidContextCode: func() (openfeature.BooleanEvaluationDetails, error) {
			return client.BooleanValueDetails(ctx, "sso", true, openfeature.NewEvaluationContext("ada", nil))
		},
	} {
		t.Run(string(code), func(t *testing.T) {
			if got, err := evaluate(); err == nil || got.ErrorCode != code || !got.Value {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestOpenFeatureInJavaScript lets the providers for node and for browsers evaluate flags. The one for browsers evaluates all at
// once and asks again by the ETag.
func TestOpenFeatureInJavaScript(t *testing.T) {
	t.Parallel()
	p := packaged(t, "openfeature")
	s := flagged(t, "openfeature-js")
	for _, program := range []string{"node.js", "web.js"} {
		t.Run(program, func(t *testing.T) {
			printed := p.run("node", program, s.url, s.key)
			var got, want map[string]any
			if err := json.Unmarshal([]byte(printed), &got); err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			text := `{"sso":[true,"STATIC","on"],"calls":[false,"STATIC","off"],"colour":["red","STATIC","pro"],"ratio":[2.5,"STATIC","pro"],
				"box":[{"gib":1,"fast":true},"STATIC","pro"],"none":[false,"ERROR","FLAG_NOT_FOUND"],"mismatch":[true,"ERROR","TYPE_MISMATCH"]}`
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			if program == "web.js" {
				want["statuses"] = []any{200.0, 304.0}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s\nwant %s", printed, text)
			}
		})
	}
}
