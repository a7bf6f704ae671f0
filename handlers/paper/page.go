package paper

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// HTML is the invoice as one page that needs nothing else.
func HTML(i Invoice) ([]byte, error) {
	var page bytes.Buffer
	err := pageTemplate.Execute(&page, struct {
		sheet
		Style template.CSS
	}{newSheet(i), template.CSS(pageStyle)})
	if err != nil {
		return nil, fmt.Errorf("make the page of invoice %s: %w", i.ID, err)
	}
	return page.Bytes(), nil
}

// StyleHash names the page's one style sheet, "sha256-" and its hash, so that whoever serves the page can let it have
// that and nothing else.
func StyleHash() string {
	hash := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
}
