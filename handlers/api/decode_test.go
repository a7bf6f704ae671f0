package api

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// FuzzDecode holds whatever is accepted as any body to what is promised of it: it is stored and read back as it is.
func FuzzDecode(f *testing.F) {
	var taking []endpoint.Route
	for _, r := range routes {
		if r.Body() != nil {
			taking = append(taking, r)
		}
		if r.Example != nil {
			f.Add([]byte(encode(r.Example)))
		}
	}
	for _, bad := range badEverywhere {
		if len(bad.body) < 1_000 {
			f.Add([]byte(bad.body))
		}
	}
	for _, text := range badTexts {
		f.Add([]byte(`{"member":` + text + `}`))
	}
	f.Add([]byte(`{"code":"a","name":"b","tier":1,"features":{"x":{"y":[1,null,{"z":0.1}]}},"limits":{"l":{"limit":1,"per":null}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range taking {
			value := reflect.New(r.Body())
			if err := r.Decode(body, value.Interface()); err != nil {
				if p := endpoint.ProblemOf(err); p.Status >= 500 {
					t.Fatalf("%s: %v", r.ID, err)
				}
				continue
			}
			checkAccepted(t, body, value)
		}
	})
}

func checkAccepted(t *testing.T, body []byte, value reflect.Value) {
	t.Helper()
	if !utf8.Valid(body) {
		t.Fatalf("invalid UTF-8 was accepted: %q", body)
	}
	canonical := jsontext.Value(body).Clone()
	if err := canonical.Canonicalize(); err != nil {
		t.Fatalf("%s was accepted and has no canonical form: %v", body, err)
	}
	if strings.Contains(string(canonical), `\u0000`) {
		t.Fatalf("NUL was accepted: %q", body)
	}
	// The canonical form means the same, numbers included.
	again := reflect.New(value.Type().Elem())
	if err := json.Unmarshal(canonical, again.Interface(), json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%s: %v", canonical, err)
	}
	if one, two := encode(value.Interface()), encode(again.Interface()); canonicalText(one) != canonicalText(two) {
		t.Fatalf("%s became %s", one, two)
	}
}

func canonicalText(text string) string {
	value := jsontext.Value(text)
	if err := value.Canonicalize(); err != nil {
		panic(err)
	}
	return string(value)
}
