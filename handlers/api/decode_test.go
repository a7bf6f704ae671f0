package api

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzDecode holds whatever is accepted as any body to what is promised of it: it is stored and read back as it is.
func FuzzDecode(f *testing.F) {
	var shapes []reflect.Type
	for _, r := range routes() {
		if r.hasBody() {
			shapes = append(shapes, r.request)
		}
		if r.example != nil {
			f.Add([]byte(encode(r.example)))
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
		for _, shape := range shapes {
			value := reflect.New(shape)
			if err := decode(body, shapeOf(shape), value.Interface()); err != nil {
				if p := problemOf(err); p.Status >= 500 {
					t.Fatalf("%s: %v", shape, err)
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

func TestDepth(t *testing.T) {
	t.Parallel()
	body := func(depth int) []byte {
		// The body, features and the feature itself are three.
		return []byte(`{"code":"a","name":"b","tier":1,"features":{"f":` + strings.Repeat(`{"x":`, depth-2) + "1" + strings.Repeat("}", depth-2) + `}}`)
	}
	s := shapeOf(reflect.TypeFor[createProductBody]())
	if err := decode(body(depthMax), s, new(createProductBody)); err != nil {
		t.Error(err)
	}
	if err := decode(body(depthMax+1), s, new(createProductBody)); err == nil || problemOf(err).Code != "depth_exceeded" {
		t.Errorf("%v", err)
	}
}

// TestFeatures keeps what is kept as it came, and nothing that does not come back so.
func TestFeatures(t *testing.T) {
	t.Parallel()
	s := shapeOf(reflect.TypeFor[changeProductBody]())
	for value, code := range map[string]string{
		`true`: "", `"x"`: "", `0`: "", `-1.5`: "", `999999999999999`: "", `0.00001`: "", `{}`: "", `[]`: "", `"\n\ud83d\ude00"`: "",
		`{"a":null}`: "", `{"a":[1,{"b":null}]}`: "", `"\u202e"`: "",
		`null`: "null_not_allowed", `1e3`: "number_invalid", `1E1000000`: "number_invalid", `-0`: "number_invalid",
		`1234567890123456`: "number_invalid", `0.1234567890123456`: "number_invalid", `"\u0000"`: "character_not_allowed",
		`{"\u0000":1}`: "character_not_allowed", `{"a":1,"a":2}`: "duplicate_key", `[1e999999999]`: "number_invalid", `"\ud800"`: "json_invalid",
	} {
		err := decode([]byte(`{"features":{"f":`+value+`}}`), s, new(changeProductBody))
		if err == nil != (code == "") || err != nil && problemOf(err).Code != code {
			t.Errorf("%s: %v, want %q", value, err, code)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"1970-01-01T00:00:00Z", "2200-12-31T23:59:59.999999Z", "2024-02-29T12:00:00+05:30", "2026-01-01T00:00:00.1-00:00", "2026-12-31T23:59:59-11:00",
	} {
		var at time.Time
		if err := json.Unmarshal([]byte(`"`+text+`"`), &at); err != nil || !validTime(text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range badTimes {
		if validTime(text) {
			t.Errorf("%s was accepted", text)
		}
	}
}

// TestPointers names the field that is to blame.
func TestPointers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"members":[{"member":"a","role":"admin"},{"member":1}]}`: "type_mismatch /members/1/member",
		`{"members":[{"member":"a"},{"role":"admin"}]}`:            "required /members/0/role",
		`{"members":[{"member":"a","role":"b","ROLE":"b"}]}`:       "unknown_field /members/0/ROLE",
		`{"members":[{"member":"a","member":"b"}]}`:                "duplicate_key /members/0/member",
		`{"members":null}`:   "null_not_allowed /members",
		`{"members":[null]}`: "null_not_allowed /members/0",
		`{"members":[{"member":"a\u0000","role":"admin"}]}`: "character_not_allowed /members/0/member",
		`{"a/b~c":1}`: "unknown_field /a~1b~0c",
		`{}`:          "required /members",
		`[]`:          "type_mismatch ",
		`{"members":[` + strings.Repeat(`{"member":"a","role":"b"},`, 10_000) + `{}]}`: "value_too_large /members",
	} {
		p := problemOf(decode([]byte(body), shapeOf(reflect.TypeFor[syncSeatsBody]()), new(syncSeatsBody)))
		if got := p.Code + " " + p.Errors[0].Pointer; got != want {
			t.Errorf("%.80s: %s, want %s", body, got, want)
		}
	}
}
