package document

import (
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tallystick/tallystick/domain"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const linkPattern = "^[A-Za-z0-9_-]+$"

// parametersOf gives the parameters of the path, the query and the headers.
func (b builder) parametersOf(r *endpoint.Route) []*huma.Param {
	var all []*huma.Param
	for _, name := range r.PathNames() {
		all = append(all, b.share(b.place(r, name)))
	}
	for _, p := range r.Parameters {
		shown := b.parameter(p)
		if b.shared[p.Name] == textOf(shown) {
			shown = b.share(shown)
		}
		all = append(all, shown)
	}
	switch r.Kind() {
	case endpoint.KindCommand:
		all = append(all, b.share(b.parameter(endpoint.ParameterDryRun)), b.share(idempotencyHeader), b.share(ifMatchHeader))
	case endpoint.KindQuery, endpoint.KindCheck, endpoint.KindAsk:
		all = append(all, b.share(minPositionHeader))
		if r.Tagged {
			all = append(all, b.share(ifNoneMatchHeader))
		}
	case endpoint.KindOpen, endpoint.KindPage, endpoint.KindMessage:
		return all
	}
	return append(all, b.share(requestIDHeader))
}

// sharedParameters gives of each name the parameter of the query that most routes have, if many do.
func (b builder) sharedParameters(routes []endpoint.Route) map[string]string {
	counts, shared := map[string]int{}, map[string]string{}
	for _, r := range routes {
		for _, p := range r.Parameters {
			text := textOf(b.parameter(p))
			counts[text]++
			if counts[text] >= manyRoutes && counts[text] > counts[shared[p.Name]] {
				shared[p.Name] = text
			}
		}
	}
	return shared
}

func textOf(p *huma.Param) string {
	text, err := p.MarshalJSON()
	if err != nil {
		panic(err) // parameters are made of what can be written
	}
	return string(text)
}

// share refers to a parameter that many operations have.
func (b builder) share(p *huma.Param) *huma.Param {
	name := pascal(p.In + "-" + p.Name)
	b.parameters[name] = p
	return &huma.Param{Ref: "#/components/parameters/" + name}
}

// place documents a place in the path.
func (b builder) place(r *endpoint.Route, name string) *huma.Param {
	pattern, text := endpoint.NamePattern, "A name: "+domain.NameRule+"."
	if name == endpoint.NameStream {
		pattern, text = "^"+endpoint.StreamPattern+"$", "type:part or type:part:part."
	}
	if name == endpoint.NameJob {
		pattern, text = "^"+endpoint.JobPattern+"$", "The id of a job, or a stream for all that is due in it."
	}
	if name == endpoint.NameTile {
		pattern, text = "^"+endpoint.TilePattern+"$", "The number of a tile by c2sp.org/tlog-tiles, which is the rest of the path: 067, x001/x234/067, or 001.p/8 of one that is not full."
	}
	if r.Kind() == endpoint.KindPage {
		pattern, text = linkPattern, "The token of a link."
	}
	shown := &huma.Param{
		Name: name, In: "path", Required: true, Description: text, Schema: &huma.Schema{Type: huma.TypeString, Pattern: pattern},
	}
	if example, ok := b.names[name]; ok {
		shown.Example = example
	}
	return shown
}

var (
	idempotencyHeader = &huma.Param{
		Name: "Idempotency-Key", In: "header", Description: "1 to 255 printable ASCII characters. Must be given, but for a dry run, which ignores it.",
		Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^[ -~]{1,255}$"},
	}
	ifMatchHeader = &huma.Param{
		Name: "If-Match", In: "header", Description: "ETags of which one must be the resource's, or * for any that exists.",
		Schema: &huma.Schema{Type: huma.TypeString},
	}
	ifNoneMatchHeader = &huma.Param{
		Name: "If-None-Match", In: "header", Description: "ETags of answers that the client has.", Schema: &huma.Schema{Type: huma.TypeString},
	}
	contentTag  = &huma.Param{Ref: "#/components/headers/Content-ETag"}
	cacheHeader = &huma.Param{
		Description: "The answer never changes.", Schema: &huma.Schema{Type: huma.TypeString},
	}
	minPositionHeader = &huma.Param{
		Name: "Min-Position", In: "header", Description: "The position that the answer must show at least.",
		Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(0.0)},
	}
	requestIDHeader = &huma.Param{
		Name: "X-Request-Id", In: "header", Description: "1 to 64 of A-Z a-z 0-9 _ . - ; another is replaced. The correlation of the events.",
		Schema: &huma.Schema{Type: huma.TypeString},
	}
)

// parameter documents a parameter of the query.
func (b builder) parameter(p endpoint.Parameter) *huma.Param {
	shown := &huma.Param{Name: p.Name, In: "query", Description: p.Text, Schema: &huma.Schema{Type: huma.TypeString, Pattern: p.Pattern}}
	switch {
	case p.Boolean:
		shown.Schema = &huma.Schema{Type: huma.TypeBoolean}
	case p.Integer:
		shown.Schema = &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(float64(p.Low))}
		if p.High < endpoint.IntegerMax {
			shown.Schema.Maximum = new(float64(p.High))
		}
	case p.Choice != nil:
		shown.Schema = b.schemas.of(p.Choice)
	}
	if p.Otherwise != "" {
		shown.Description += " " + otherwiseText(p.Otherwise)
	}
	if p.Example != "" {
		shown.Required, shown.Example = true, p.Example
		if n, err := strconv.ParseInt(p.Example, 10, 64); err == nil && p.Integer {
			shown.Example = n
		}
	}
	return shown
}
