package portal

import (
	"bytes"
	_ "embed" // the page's parts
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

//go:embed customer.html
var customerText string

var customerTemplate = template.Must(template.Must(template.New("parts").Parse(partsText)).New("customer").Parse(customerText))

// folio holds all words of one of the customer's pages.
type folio struct {
	sheet
	Page      string
	Workspace string
	Nav       []tab
	Back      string // where the customer came from
	Alert     *alert
	Done      string // what was done, to be told
	Blocks    []block
}

// tab leads to another page of the customer.
type tab struct {
	Label, Address string
	Here           bool
}

// block is one part of a page.
type block struct {
	Title string
	Text  []string
	Facts []fact
	Rows  []row
	Form  *form
	Links []link
	Small string
}

// row is one thing of a list.
type row struct {
	Name, Detail, Side string
	Mark               string // a word that stands out
	Links              []link
	Forms              []form
}

// keep fills a form again with what was given, so that nobody has to write it twice, and marks what is wrong.
func (f folio) keep(given url.Values, wrong []domain.FieldError) {
	for _, b := range f.Blocks {
		if b.Form == nil {
			continue
		}
		for i := range b.Form.Fields {
			field := &b.Form.Fields[i]
			if given.Has(field.Name) && field.Name != fieldToken {
				field.Value = given.Get(field.Name)
			}
			field.Wrong = field.Wrong || slices.ContainsFunc(wrong, func(e domain.FieldError) bool { return e.Pointer == "/"+field.Name })
		}
	}
}

func (f folio) render(status int) (endpoint.Rendered, error) {
	var page bytes.Buffer
	if err := customerTemplate.Execute(&page, struct {
		folio
		Style template.CSS
	}{f, template.CSS(pageStyle)}); err != nil {
		return endpoint.Rendered{}, fmt.Errorf("make the page %s: %w", f.Page, err)
	}
	return endpoint.Rendered{Status: status, Body: page.Bytes(), Policy: policy}, nil
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
