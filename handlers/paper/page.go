package paper

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// HTML makes the document's page, which needs no other file.
func HTML(s Sheet) ([]byte, error) {
	var page bytes.Buffer
	err := pageTemplate.Execute(&page, struct {
		Sheet
		Style   template.CSS
		Picture template.URL
	}{s, template.CSS(pageStyle), Picture(s.Logo)})
	if err != nil {
		return nil, fmt.Errorf("make the page of %s: %w", s.ID, err)
	}
	return page.Bytes(), nil
}

// Picture writes a logo into its own address, so that the page loads nothing. What is no picture is left out.
func Picture(logo []byte) template.URL {
	switch kind := http.DetectContentType(logo); kind {
	case "image/png", "image/jpeg":
		return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(logo))
	}
	return ""
}

// Policy returns the content security policy of the page: its own style sheet, a picture within it, and nothing else.
func Policy() string {
	hash := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
