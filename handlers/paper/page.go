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

// HTML makes the invoice's page, which needs no other file.
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

// StyleHash returns "sha256-" and the hash of the page's one style sheet, so that whoever serves the page can allow that
// style sheet and nothing else.
func StyleHash() string {
	hash := sha256.Sum256([]byte(pageStyle))
	return "sha256-" + base64.StdEncoding.EncodeToString(hash[:])
}
