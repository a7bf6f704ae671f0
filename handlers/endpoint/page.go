package endpoint

import (
	"bytes"
	"html/template"
	"net/http"
)

// refusalPage tells people what an API tells programs by a problem.
var refusalPage = template.Must(template.New("refusal").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
</head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Detail}}</p>
<p><small>{{.RequestID}}</small></p>
</body>
</html>
`))

// sendPage writes the problem as a page.
func (p *Problem) sendPage(c *Call) error {
	shown := *p
	shown.Title, shown.RequestID = title(p.Code), c.ID
	var page bytes.Buffer
	if err := refusalPage.Execute(&page, &shown); err != nil {
		return err
	}
	header := c.http.Response().Header()
	header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if p.retryAfter {
		header.Set("Retry-After", "1")
	}
	return c.send(p.Status, withCharset(PageType), page.Bytes())
}

const PageType = "text/html"

// Rendering writes what was found, and sets headers of its own.
type Rendering[V any] func(V, http.Header) ([]byte, error)
