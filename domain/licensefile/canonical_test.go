package licensefile

import (
	"strings"
	"testing"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ given, want string }{
		"literals":            {` [ null , true, false ] `, `[null,true,false]`},
		"members by UTF-16":   {`{"\ufb33":1,"\u20ac":2,"\r":3,"1":4,"\ud83d\ude02":5,"\u0080":6,"\u00f6":7}`, "{\"\\r\":3,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":2,\"😂\":5,\"\ufb33\":1}"},
		"text":                {`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\n\r\t<>&\u2028"`, "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\f\\n\\r\\t<>&\u2028\""},
		"within each other":   {`{"b":[{"z":1,"a":{}}],"a":[]}`, `{"a":[],"b":[{"a":{},"z":1}]}`},
		"zero":                {`[0,-0,0.0,0e9,-0.00]`, `[0,0,0,0,0]`},
		"integers":            {`[1,-1,100,1e3,1E+2,9007199254740991,1000000000000000]`, `[1,-1,100,1000,100,9007199254740991,1000000000000000]`},
		"decimals":            {`[1.50,0.5,-0.25,123.456,1.0,4.50,2e-3]`, `[1.5,0.5,-0.25,123.456,1,4.5,0.002]`},
		"large":               {`[1e20,1e21,1.5e21,123e30]`, `[100000000000000000000,1e+21,1.5e+21,1.23e+32]`},
		"small":               {`[0.000001,0.0000001,1e-7,1.5e-9,0.00000123]`, `[0.000001,1e-7,1e-7,1.5e-9,0.00000123]`},
		"what ECMAScript has": {`[333333333.333333,1E30,4.50,2e-3,0.000000000000000000000000001]`, `[333333333.333333,1e+30,4.5,0.002,1e-27]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonical([]byte(test.given))
			if err != nil || string(got) != test.want {
				t.Fatalf("%s, %v, want %s", got, err, test.want)
			}
			if again, err := Canonical(got); err != nil || string(again) != test.want {
				t.Errorf("again %s, %v", again, err)
			}
		})
	}
}

func TestWhatIsNotCanonical(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]string{
		"nothing":           "",
		"half a value":      `{"a":`,
		"two values":        `1 2`,
		"a member twice":    `{"a":1,"\u0061":1}`,
		"no UTF-8":          "\"\xff\"",
		"half a character":  `"\ud83d"`,
		"the other half":    `"\ude02"`,
		"two first halves":  `"\ud83d\ud83d"`,
		"too fine":          `0.1234567890123456`,
		"too large to hold": `9007199254740993`,
		"out of range":      `1e400`,
		"far out of range":  `1e99999999999999999999`,
		"too deep":          strings.Repeat("[", depthMax+2) + strings.Repeat("]", depthMax+2),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := Canonical([]byte(given)); err == nil {
				t.Errorf("%s became %s", given, got)
			}
		})
	}
}
