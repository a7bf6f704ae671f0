package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// documentRule looks at one object of the document, which stands at a place, and says what is wrong with it, "" for nothing.
type documentRule func(place string, at object) string

// documentRules keep the document such that generators make good clients of it.
var documentRules = map[string]documentRule{
	"members are free in two schemas alone": func(place string, at object) string {
		free, is := at["additionalProperties"]
		if empty, isObject := free.(object); !is || free == false || isObject && len(empty) > 0 {
			return ""
		}
		if place == "/components/schemas/FreeObject" || strings.HasPrefix(place, "/components/schemas/FeatureValue/") {
			return ""
		}
		return fmt.Sprint("additionalProperties is ", free)
	},
	"integers have a format, and no bound that JSON readers round": func(_ string, at object) string {
		if !hasType(at, "integer") {
			return ""
		}
		if high, bounded := at["maximum"].(float64); at["format"] != "int64" || bounded && high >= 1<<53 {
			return fmt.Sprint("format ", at["format"], ", maximum ", at["maximum"])
		}
		return ""
	},
	"an enumeration has a name, and only texts": func(place string, at object) string {
		values, is := at["enum"].([]any)
		if is && (slices.Contains(values, nil) || at["type"] != "string" || strings.Count(place, "/") != strings.Count("/components/schemas/Role", "/")) {
			return fmt.Sprint("enum ", values)
		}
		return ""
	},
	"a default stands in the text": func(place string, at object) string {
		if _, is := at["default"]; is && !strings.HasSuffix(place, "/responses") && !strings.HasSuffix(place, "/properties") {
			return fmt.Sprint("default ", at["default"])
		}
		return ""
	},
	"every answer has a schema": func(place string, at object) string {
		if schema, is := at["schema"].(object); is && len(schema) == 0 {
			return "the schema says nothing"
		}
		return ""
	},
}

// hasType reports whether a schema is of a type, or of it or null.
func hasType(schema object, name string) bool {
	many, _ := schema["type"].([]any)
	return schema["type"] == name || slices.Contains(many, any(name))
}

// operationRules look at one operation.
var operationRules = map[string]func(method, path string, o object) string{
	"it says what it does": func(_, _ string, o object) string {
		for _, name := range []string{"summary", "description", "operationId"} {
			if text, _ := o[name].(string); text == "" {
				return "no " + name
			}
		}
		return ""
	},
	"it says who may use it": func(_, path string, o object) string {
		signed := strings.HasPrefix(path, "/v1/webhooks/") // by whoever sends it
		keys, open := o["security"].([]any)
		if installed := strings.Contains(encode(keys), `"license_key"`); installed {
			return "" // by a license key
		}
		if len(keys) > 0 || open == (strings.HasPrefix(path, "/v1/") && !signed) {
			return fmt.Sprint("security ", o["security"])
		}
		return ""
	},
	"it refuses as all do": func(_, path string, o object) string {
		want := "#/components/responses/Problem"
		if strings.HasPrefix(path, "/documents/") {
			want = "#/components/responses/RefusalPage"
		}
		for status, answer := range o["responses"].(object) {
			if refuses := status[0] > '3'; refuses && encode(answer) != encode(object{"$ref": want}) {
				return status + " is " + encode(answer)
			}
		}
		if _, says := o["responses"].(object)["default"]; !says {
			return "no default"
		}
		return ""
	},
	"its body is named after it": func(_, _ string, o object) string {
		body, takes := o["requestBody"].(object)
		if !takes {
			return ""
		}
		id := o["operationId"].(string)
		schema := body["content"].(object)["application/json"].(object)["schema"]
		for _, word := range strings.Split(id, "-") {
			id = strings.Replace(id, word, strings.ToUpper(word[:1])+word[1:], 1)
		}
		if want := (object{"$ref": "#/components/schemas/" + strings.ReplaceAll(id, "-", "") + "Body"}); encode(schema) != encode(want) {
			return encode(schema)
		}
		return ""
	},
	"it has one answer": func(_, _ string, o object) string {
		var answers []string
		for _, answer := range o["responses"].(object) {
			content, _ := answer.(object)["content"].(object)
			if form, is := content["application/json"]; is && !slices.Contains(answers, encode(form)) {
				answers = append(answers, encode(form))
			}
		}
		if len(answers) > 1 {
			return fmt.Sprint(answers)
		}
		return ""
	},
	"it takes an Idempotency-Key where it is kept, and else none": func(_, _ string, o object) string {
		changes := slices.ContainsFunc(routes, func(r endpoint.Route) bool { return r.ID == o["operationId"] && r.Changes() })
		if parameters := encode(o["parameters"]); strings.Contains(parameters, "IdempotencyKey") != changes {
			return parameters
		}
		return ""
	},
}

// breaches holds a document against all rules.
func breaches(document object) (found []string) {
	var walk func(place string, value any)
	walk = func(place string, value any) {
		switch value := value.(type) {
		case object:
			for name, rule := range documentRules {
				if wrong := rule(place, value); wrong != "" {
					found = append(found, fmt.Sprintf("%s: %s: %s", name, place, wrong))
				}
			}
			for _, name := range slices.Sorted(maps.Keys(value)) {
				if name != "example" && name != "examples" {
					walk(place+"/"+name, value[name])
				}
			}
		case []any:
			for i, element := range value {
				walk(fmt.Sprint(place, "/", i), element)
			}
		}
	}
	walk("", document)
	for path, item := range document["paths"].(object) {
		for method, operation := range item.(object) {
			for name, rule := range operationRules {
				if wrong := rule(method, path, operation.(object)); wrong != "" {
					found = append(found, fmt.Sprintf("%s: %s %s: %s", name, method, path, wrong))
				}
			}
		}
	}
	return found
}

// rawDocument is the document as it is served, taken apart.
func rawDocument(t *testing.T) (object, int) {
	t.Helper()
	text, err := Document("test")
	if err != nil {
		t.Fatal(err)
	}
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document, len(text)
}

// TestDocumentRules holds the document against what generators of clients need.
func TestDocumentRules(t *testing.T) {
	t.Parallel()
	document, size := rawDocument(t)
	for _, wrong := range breaches(document) {
		t.Error(wrong)
	}
	// It was 200 KB with 99 routes, and each further one may add 2.
	if most := 200_000 + 2_000*(len(routes)-99); size > most {
		t.Errorf("the document has %d bytes, more than %d", size, most)
	}
	info := document["info"].(object)
	if info["license"] == nil || info["contact"] == nil || encode(document["security"]) != `[{"key":[]}]` {
		t.Errorf("info: %v, security %v", info, document["security"])
	}
}

// TestDocumentRulesAreHeld breaks each rule once.
func TestDocumentRulesAreHeld(t *testing.T) {
	t.Parallel()
	schema := func(d object, name string) object {
		return d["components"].(object)["schemas"].(object)[name].(object)
	}
	operation := func(d object) object { return d["paths"].(object)["/v1/products"].(object)["post"].(object) }
	for rule, change := range map[string]func(object){
		"members are free in two schemas alone":                        func(d object) { schema(d, "Invoice")["additionalProperties"] = true },
		"integers have a format, and no bound that JSON readers round": func(d object) { schema(d, "Invoice")["type"] = "integer" },
		"an enumeration has a name, and only texts":                    func(d object) { schema(d, "Invoice")["properties"].(object)["id"].(object)["enum"] = []any{"a"} },
		"a default stands in the text":                                 func(d object) { schema(d, "Invoice")["default"] = 1 },
		"every answer has a schema":                                    func(d object) { schema(d, "Invoice")["schema"] = object{} },
		"it says what it does":                                         func(d object) { operation(d)["summary"] = "" },
		"it says who may use it":                                       func(d object) { operation(d)["security"] = []any{} },
		"it refuses as all do":                                         func(d object) { operation(d)["responses"].(object)["404"] = object{} },
		"its body is named after it":                                   func(d object) { operation(d)["operationId"] = "make-product" },
		"it has one answer": func(d object) {
			operation(d)["responses"].(object)["202"] = object{"content": object{"application/json": object{"schema": object{"type": "string"}}}}
		},
		"it takes an Idempotency-Key where it is kept, and else none": func(d object) { operation(d)["parameters"] = nil },
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			document, _ := rawDocument(t)
			change(document)
			if found := breaches(document); !slices.ContainsFunc(found, func(wrong string) bool { return strings.HasPrefix(wrong, rule+":") }) {
				t.Errorf("the rule does not speak: %v", found)
			}
		})
	}
}
