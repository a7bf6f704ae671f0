package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"github.com/go-json-experiment/json"
	"html/template"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
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

// Rendered is a page for a person.
type Rendered struct {
	Status int
	Body   []byte
	Policy string // its Content-Security-Policy
}

// PageOfLink completes a GET that shows a page to whoever has a link to it. Its path has a place for the link's token; place names where
// show finds what the link opens. Whether the link has expired is for show to say.
func PageOfLink(r Route, place string, show func(*Call) (Rendered, error)) Route {
	return paged(r, place, func(c *Call) error {
		page, err := show(c)
		if err != nil {
			return err
		}
		c.http.Response().Header().Set("Content-Security-Policy", page.Policy)
		return c.send(page.Status, withCharset(PageType), page.Body)
	})
}

// FormOfLink completes the POST of a page's form. The answer leads the browser on to what act says, seen from the page.
func FormOfLink(r Route, place string, act func(*Call, url.Values) (to string, err error)) Route {
	return paged(r, place, func(c *Call) error {
		form, err := c.readForm()
		if err != nil {
			return err
		}
		c.extend()
		to, err := act(c, form)
		if err != nil {
			return err
		}
		c.http.Response().Header().Set(echo.HeaderLocation, to)
		return c.send(http.StatusSeeOther, withCharset(PageType), nil)
	})
}

// FormOnLink does what FormOfLink does, where a refusal is shown at once: act leads on, or gives the page that says why not.
func FormOnLink(r Route, place string, act func(*Call, url.Values) (to string, refused *Rendered, err error)) Route {
	return paged(r, place, func(c *Call) error {
		form, err := c.readForm()
		if err != nil {
			return err
		}
		c.extend()
		to, refused, err := act(c, form)
		switch {
		case err != nil:
			return err
		case refused != nil:
			c.http.Response().Header().Set("Content-Security-Policy", refused.Policy)
			return c.send(refused.Status, withCharset(PageType), refused.Body)
		}
		c.http.Response().Header().Set(echo.HeaderLocation, to)
		return c.send(http.StatusSeeOther, withCharset(PageType), nil)
	})
}

// FileOfLink completes a GET that hands a file out to whoever has a link to a page.
func FileOfLink(r Route, place, contentType string, read func(*Call, http.Header) ([]byte, error)) Route {
	r = paged(r, place, func(c *Call) error {
		header := http.Header{}
		body, err := read(c, header)
		if err != nil {
			return err
		}
		maps.Copy(c.http.Response().Header(), header)
		return c.send(http.StatusOK, contentType, body)
	})
	return r
}

func paged(r Route, place string, handle func(*Call) error) Route {
	r.kind, r.AnswerAs = KindPage, PageType
	r.handle = func(c *Call) (err error) {
		if c.opened, err = c.open(place); err != nil {
			return err
		}
		for i, name := range c.http.ParamNames() {
			if value := c.http.ParamValues()[i]; name != placeLink && domain.ValidName(value) {
				c.names[name] = value
			}
		}
		return handle(c)
	}
	return r
}

// ForWorkspace has the call ask for a workspace that a page's link names.
func (c *Call) ForWorkspace(workspace string) { c.names["workspace"] = workspace }

// Read reads all that the log has now of a read model.
func Read[V any](c *Call, model engine.Projection, read Reading[V]) (V, error) {
	tail, err := c.tail(c.ctx, c.server.pool, 0)
	if err != nil {
		var none V
		return none, err
	}
	found, _, err := lookFrom(c, tail, c.readModel(model), read)
	return found, err
}

// StatusOf gives the status that the API refuses with by an error.
func StatusOf(err error) int { return ProblemOf(err).Status }

// Opened gives the link that a page was opened by.
func (c *Call) Opened() Link { return c.opened }

// Asked gives a parameter of a page's address.
func (c *Call) Asked(name string) string { return c.http.QueryParam(name) }

// formBytesMax bounds a form, which has a few short fields.
const formBytesMax = 16 << 10

// readForm reads what a browser sends of a form.
func (c *Call) readForm() (url.Values, error) {
	request := c.http.Request()
	kind, _, err := mime.ParseMediaType(request.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return nil, newProblem(http.StatusUnsupportedMediaType, "content_type_not_supported", "a form must be sent as "+echo.MIMEApplicationForm)
	}
	if request.ContentLength > formBytesMax {
		return nil, bodyTooLarge(formBytesMax)
	}
	body, err := readAll(request, formBytesMax)
	switch {
	case err != nil:
		return nil, malformed("body_incomplete", "the body ended before its length")
	case len(body) > formBytesMax:
		return nil, bodyTooLarge(formBytesMax)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformed("form_invalid", "the form can't be read")
	}
	return form, nil
}

// Look decides what a page shows, at a position that nothing is newer than. It does nothing.
func Look[R any](c *Call, plan eventstore.Plan[R]) (result R, err error) {
	_, err = c.server.store.Execute(c.ctx, c.Ledger, eventstore.Command{
		Name: c.route.ID, DryRun: true, Resource: plan.Resource, Reads: plan.Reads, Writes: plan.Writes,
		Decide: func(d *eventstore.Decision) (none eventstore.Answer, err error) {
			result, err = plan.Decide(d)
			return none, err
		},
	})
	return result, err
}

// Do has a form's command done, once for each key of the form: a repeat with the same fields gives the same result. Different links
// have different keys.
func Do[R any](c *Call, form url.Values, plan eventstore.Plan[R]) (result R, err error) {
	key, err := parseIdempotencyKey(form["key"])
	if err != nil {
		return result, err
	}
	key = strings.Join([]string{"page", c.opened.Place, c.opened.ID, key}, ":")
	fields := url.Values{}
	for name, values := range form {
		if name != "key" {
			fields[name] = values
		}
	}
	sums, err := fingerprints(key, http.MethodPost, c.route.Path, fields, emptyBody)
	if err != nil {
		return result, err
	}
	const last = fingerprintAlgorithms - 1
	outcome, err := c.server.store.Execute(c.ctx, c.Ledger, eventstore.Command{
		ID: uuid.Must(uuid.NewV7()), Name: c.route.ID, Key: key, Fingerprint: sums[last], Others: sums[:last], Actor: c.opened.Place, Correlation: c.ID,
		Resource: plan.Resource, Reads: plan.Reads, Writes: plan.Writes,
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			result, err := plan.Decide(d)
			return eventstore.Answer{Status: http.StatusOK, Body: marshal(result)}, err
		},
	})
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(outcome.Body, &result); err != nil {
		return result, fmt.Errorf("read the result of %s: %w", c.route.ID, err)
	}
	return result, nil
}

// Refused gives the refusal of a rule, where an error is one.
func Refused(err error) (*domain.Rejection, bool) { return errors.AsType[*domain.Rejection](err) }

// Self gives the address of the page that a form was sent from, seen from there, with the code of a refusal to show.
func (c *Call) Self(code string) string {
	address := c.http.Param(placeLink)
	if code != "" {
		address += "?refused=" + url.QueryEscape(code)
	}
	return address
}
