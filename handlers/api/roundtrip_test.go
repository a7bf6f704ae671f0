package api

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
)

// TestPutTakesWhatGetShows: what a client is shown it can give back, edited or not: null is as good as no field.
func TestPutTakesWhatGetShows(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for _, resource := range []struct {
		name, path  string
		bodies      []object
		field, text string
	}{
		{"seller", "/v1/seller", []object{aSeller, allOfIt, {"legal_name": "A", "address": "B", "country": "GB", "bank": object{"name": "Bank", "iban": "GB82WEST12345698765432"}}},
			"footer", "Thanks"},
		{"billing details", "/v1/workspaces/w/billing-details", []object{{"name": "Ada"}, {"email": "a@b", "country": "GB"}, {"address": "B", "tax_id": "1"}}, "name", "Bob"},
		{"member details", "/v1/workspaces/w/members/ada/details", []object{{"name": "Ada"}, {"email": "a@b"}}, "name", "Bob"},
		{"tax", "/v1/workspaces/w/tax", []object{{"status": "standard"}, {"status": "standard", "rate": "0.07"}, {"status": "exempt", "reason": "a school"}, {"status": "reverse_charge"}},
			"reason", "an agency"},
	} {
		c.run(t, resource.name, func(t *testing.T) {
			for _, body := range resource.bodies {
				shown := c.get(resource.path, c.put(resource.path, body).is(200).position()).is(200)
				edited := object{}
				if err := json.Unmarshal(shown.body, &edited); err != nil {
					t.Fatal(err)
				}
				again := c.put(resource.path, edited).is(200)
				if was, is := shown.header.Get("ETag"), again.header.Get("ETag"); was != is || !bytes.Equal(shown.body, again.body) {
					t.Errorf("%s was shown of %v, and put it is %s", shown.body, body, again.body)
				}
				edited[resource.field] = resource.text
				c.put(resource.path, edited).is(200).says(object{resource.field: resource.text})
			}
		})
	}
}

// TestNoBodyRefusesANullThatIsShown looks for the same in the document, for all that is put where it is shown.
func TestNoBodyRefusesANullThatIsShown(t *testing.T) {
	t.Parallel()
	document, err := published()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for path, item := range document.Paths.Map() {
		if item.Put == nil || item.Get == nil {
			continue
		}
		shown := item.Get.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Schema.Value
		for name, field := range item.Put.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
			if of := shown.Properties[name]; of != nil && takesNull(of.Value) {
				if seen++; !takesNull(field.Value) {
					t.Errorf("%s shows null as %s, and takes none", path, name)
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("%d fields that can be null are shown and put", seen)
	}
}

// takesNull reports whether a value of the schema may be null.
func takesNull(s *openapi3.Schema) bool {
	for _, other := range s.AnyOf {
		if takesNull(other.Value) {
			return true
		}
	}
	return s.Type.Includes("null")
}
