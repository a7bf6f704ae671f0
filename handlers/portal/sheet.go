package portal

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
)

//go:embed page.html
var pageText string

// partsText holds what several pages have.
//
//go:embed parts.html
var partsText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.Must(template.New("parts").Parse(partsText)).New("page").Parse(pageText))

// policy lets a page use its own style sheet, a picture within it, and send forms to where it came from. Nothing else.
var policy = func() string {
	hash := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

// sheet holds all words of a page.
type sheet struct {
	Title   string // of the window
	State   string // for programs
	Seller  string
	Picture template.URL
	Test    bool // no money moves

	Topic  string // stands above the heading
	Head   string
	Amount string
	Note   string
	Facts  []fact

	Panel panel
	Foot  []string
}

// fact names a value.
type fact struct{ Name, Value string }

// panel holds what a person may do, or what came of it.
type panel struct {
	Mark  mark
	Title string
	Text  []string
	Facts []fact
	Alert *alert
	Form  *form
	Links []link
	Small string
}

// mark tells at a glance how something is.
type mark string

const (
	markGood mark = "good"
	markBad  mark = "bad"
	markWait mark = "wait"
)

// alert tells why something was not done.
type alert struct{ Code, Title, Text string }

// form is sent to the page's own address.
type form struct {
	Key     string // tells a repeat from another sending
	Get     bool   // only asks
	Hidden  []fact
	Fields  []field
	Checks  []check
	Buttons []button
}

// field takes one line of text.
type field struct {
	Name, Label, Hint, Value string
	Kind                     string // "text" where it is empty
	Complete                 string // what a browser may fill in; "off" where it is empty
	Lines                    bool   // takes several lines
	Optional                 bool
	Wrong                    bool
}

// check is a box to tick.
type check struct{ Name, Label string }

// button sends the form.
type button struct {
	Name, Value, Label string
	About              string // what it is done to, for those who hear the page
	Quiet, Bad         bool
}

// fieldToken names the field of what a payment method is known by, which no page shows again.
const fieldToken = "token"

// link leads to another page.
type link struct {
	Label, Address string
	About          string // what it leads to, for those who hear the page
	Quiet          bool
}

// newSheet begins a page of a seller.
func newSheet(c *endpoint.Call, by seller.Profile) sheet {
	s := sheet{Seller: by.LegalName, Picture: paper.Picture(by.Logo), Test: c.Ledger.Mode == eventstore.ModeSandbox}
	if s.Seller == "" {
		s.Seller = c.Ledger.Name
	}
	for _, line := range []string{by.Email, by.Phone, by.Website} {
		if line != "" {
			s.Foot = append(s.Foot, line)
		}
	}
	return s
}

// render writes the page.
func (s sheet) render(status int) (endpoint.Rendered, error) {
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, struct {
		sheet
		Style template.CSS
	}{s, template.CSS(pageStyle)}); err != nil {
		return endpoint.Rendered{}, fmt.Errorf("make the page %s: %w", s.Title, err)
	}
	return endpoint.Rendered{Status: status, Body: page.Bytes(), Policy: policy}, nil
}

// moment writes an instant in the seller's time.
func moment(t time.Time, by seller.Profile) string {
	zone, err := time.LoadLocation(by.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 January 2006, 15:04 MST")
}

// back leads to the page that a form came from, with the code of why nothing was done.
func back(c *endpoint.Call, err error) (string, error) {
	if err == nil {
		return c.Self(""), nil
	}
	if refused, ok := endpoint.Refused(err); ok && refused.Kind != domain.KindNotFound {
		return c.Self(refused.Code), nil
	}
	return "", err
}
