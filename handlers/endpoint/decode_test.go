package endpoint

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// anything keeps JSON as it came.
type anything []byte

func (a *anything) UnmarshalJSON(value []byte) error {
	*a = bytes.Clone(value)
	return nil
}

// toyBody has a field of each kind that nests.
type toyBody struct {
	Free    map[string]anything `json:"free,omitempty"`
	Members []toyMember         `json:"members,omitempty"`
	At      time.Time           `json:"at,omitempty"`
}

type toyMember struct {
	Member string `json:"member"`
	Role   string `json:"role"`
}

var toyRoute = Act(Route{}, func(*Call, toyBody) (NoBody, int64, error) { return NoBody{}, 0, nil })

// decoded gives the code by which a body is refused, and the field that is to blame; both are "" for one that is taken.
func decoded(t *testing.T, body string) (code, pointer string) {
	t.Helper()
	err := toyRoute.Decode([]byte(body), new(toyBody))
	if err == nil {
		return "", ""
	}
	p := ProblemOf(err)
	if p.Status >= 500 {
		t.Fatal(err)
	}
	if len(p.Errors) > 0 {
		pointer = p.Errors[0].Pointer
	}
	return p.Code, pointer
}

func TestDepth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		depth int
		code  string
	}{
		"the deepest": {depthMax, ""},
		"too deep":    {depthMax + 1, "depth_exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The body and the map are two.
			body := `{"free":{"f":` + strings.Repeat(`{"x":`, c.depth-2) + "1" + strings.Repeat("}", c.depth-2) + `}}`
			if code, _ := decoded(t, body); code != c.code {
				t.Errorf("%q, want %q", code, c.code)
			}
		})
	}
}

// TestAnything keeps what is kept as it came, and nothing that does not come back so.
func TestAnything(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`true`: "", `"x"`: "", `0`: "", `-1.5`: "", `999999999999999`: "", `0.00001`: "", `{}`: "", `[]`: "", `"\n\ud83d\ude00"`: "",
		`{"a":null}`: "", `{"a":[1,{"b":null}]}`: "", `"\u202e"`: "",
		`null`: "null_not_allowed", `1e3`: "number_invalid", `1E1000000`: "number_invalid", `-0`: "number_invalid",
		`1234567890123456`: "number_invalid", `0.1234567890123456`: "number_invalid", `"\u0000"`: "character_not_allowed",
		`{"\u0000":1}`: "character_not_allowed", `{"a":1,"a":2}`: "duplicate_key", `[1e999999999]`: "number_invalid", `"\ud800"`: "json_invalid",
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			if code, _ := decoded(t, `{"free":{"f":`+value+`}}`); code != want {
				t.Errorf("%q, want %q", code, want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	good := []string{
		"1970-01-01T00:00:00Z", "2200-12-31T23:59:59.999999Z", "2024-02-29T12:00:00+05:30", "2026-01-01T00:00:00.1-00:00", "2026-12-31T23:59:59-11:00",
	}
	bad := []string{
		"infinity", "", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:60Z", "2026-02-30T00:00:00Z",
		"0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "294276-01-01T00:00:00Z", "2026-01-01T00:00:00.1234567Z",
		"2026-01-01T00:00:00,5Z", "2026-01-01T0:00:00Z", "2026-01-01T00:00:00z", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00+0100",
		"2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "1970-01-01T00:00:00+23:59",
	}
	check := func(text, want string) {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if code, _ := decoded(t, `{"at":"`+text+`"}`); code != want {
				t.Errorf("%q, want %q", code, want)
			}
		})
	}
	for _, text := range good {
		check(text, "")
	}
	for _, text := range bad {
		check(text, "timestamp_invalid")
	}
}

// TestUnknownFieldNamesTheKnown tells a client what it may have meant.
func TestUnknownFieldNamesTheKnown(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"att":1}`: "there are at, free, members", `{"members":[{"name":"a"}]}`: "there are member, role",
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			if err := toyRoute.Decode([]byte(body), new(toyBody)); err == nil || !strings.HasSuffix(ProblemOf(err).Detail, want) {
				t.Error(err)
			}
		})
	}
}

// TestPointers names the field that is to blame.
func TestPointers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"another type":     {`{"members":[{"member":"a","role":"admin"},{"member":1}]}`, "type_mismatch /members/1/member"},
		"a field missing":  {`{"members":[{"member":"a"},{"role":"admin"}]}`, "required /members/0/role"},
		"an unknown field": {`{"members":[{"member":"a","role":"b","ROLE":"b"}]}`, "unknown_field /members/0/ROLE"},
		"a field twice":    {`{"members":[{"member":"a","member":"b"}]}`, "duplicate_key /members/0/member"},
		"null":             {`{"members":null}`, "null_not_allowed /members"},
		"null in a list":   {`{"members":[null]}`, "null_not_allowed /members/0"},
		"NUL":              {`{"members":[{"member":"a\u0000","role":"admin"}]}`, "character_not_allowed /members/0/member"},
		"an escaped name":  {`{"a/b~c":1}`, "unknown_field /a~1b~0c"},
		"the body":         {`[]`, "type_mismatch "},
		"a list too long":  {`{"members":[` + strings.Repeat(`{"member":"a","role":"b"},`, 10_000) + `{}]}`, "value_too_large /members"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, pointer := decoded(t, c.body); code+" "+pointer != c.want {
				t.Errorf("%s %s, want %s", code, pointer, c.want)
			}
		})
	}
}
