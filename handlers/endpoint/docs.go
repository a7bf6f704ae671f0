package endpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

const docsPath = "/docs"

// inlineScript finds the scripts that stand in a page itself.
var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// docs serve Swagger UI from the program. Nothing comes from elsewhere, and the policy would not let it.
type docs struct {
	page   []byte
	policy string
	files  http.Handler
}

// newDocs renders the page once, because its policy names the hashes of the scripts in it.
func newDocs() (*docs, error) {
	files := v5emb.NewWithConfig(swgui.Config{SettingsUI: map[string]string{
		"defaultModelsExpandDepth": "1", "persistAuthorization": "false", "tryItOutEnabled": "false", "deepLinking": "true",
	}})("Tallystick", "/openapi.json", docsPath)
	rendered := rendering{header: http.Header{}}
	files.ServeHTTP(&rendered, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: docsPath}})
	page := rendered.page.Bytes()
	if rendered.failed || len(page) == 0 {
		return nil, errors.New("the documentation's page can't be rendered")
	}
	policy := []string{
		"default-src 'none'", "connect-src 'self'", "img-src 'self' data:", "style-src 'self' 'unsafe-inline'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "script-src 'self'",
	}
	for _, script := range inlineScript.FindAllSubmatch(page, -1) {
		hash := sha256.Sum256(script[1])
		policy[len(policy)-1] += " 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
	}
	return &docs{page: page, policy: strings.Join(policy, "; "), files: files}, nil
}

func showOpenAPI(c *Call) error {
	return c.send(http.StatusOK, "application/json", c.server.document)
}

// showDocs shows the page or a file of it. The files are compressed already, and are unpacked for whoever does not ask for
// gzip. Their handler offers ranges and ETags; nothing else here has ranges, and the ETags have no quotes.
func showDocs(c *Call) error {
	served, response := c.server.docs, c.http.Response()
	response.Header().Set("Content-Security-Policy", served.policy)
	response.Header().Set("Referrer-Policy", "no-referrer")
	if strings.TrimSuffix(c.http.Request().URL.Path, "/") == docsPath {
		return c.send(http.StatusOK, "text/html; charset=utf-8", served.page)
	}
	request := c.http.Request().Clone(c.ctx)
	request.Header.Del("If-None-Match")
	request.Header.Del("Range")
	if !accepts(request.Header, echo.HeaderAcceptEncoding, "gzip") {
		request.Header.Del(echo.HeaderAcceptEncoding)
	}
	response.Before(func() {
		header := response.Header()
		header.Del("Etag")
		header.Del("Accept-Ranges")
		header.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	})
	found := finding{ResponseWriter: response}
	served.files.ServeHTTP(&found, request)
	if !found.missing && !response.Committed {
		response.WriteHeader(http.StatusOK)
	}
	if !found.missing {
		return nil
	}
	header := response.Header()
	for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "Cache-Control", "Last-Modified"} {
		header.Del(name)
	}
	return notRouted(echo.ErrNotFound)
}

// finding passes on all but the answer that there is no such file, which is a problem like any other.
type finding struct {
	http.ResponseWriter
	missing bool
}

func (f *finding) WriteHeader(status int) {
	if f.missing = status == http.StatusNotFound; !f.missing {
		f.ResponseWriter.WriteHeader(status)
	}
}

func (f *finding) Write(part []byte) (int, error) {
	if f.missing {
		return len(part), nil
	}
	return f.ResponseWriter.Write(part)
}

// rendering keeps what the page's handler writes.
type rendering struct {
	header http.Header
	page   bytes.Buffer
	failed bool
}

func (r *rendering) Header() http.Header { return r.header }

func (r *rendering) WriteHeader(status int) { r.failed = status != http.StatusOK }

func (r *rendering) Write(part []byte) (int, error) { return r.page.Write(part) }
