package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/api"
	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type Command struct {
	house.Config

	Workspace    showWorkspace    `cmd:"" help:"Show what a workspace has, what it owes, and what happened last."`
	Subscription showSubscription `cmd:"" help:"Show a workspace's latest subscription, what waits, and what may be done."`
	Invoice      showInvoice      `cmd:"" help:"Show an invoice by its number or id, with its payments and credit notes."`
	Stream       showStream       `cmd:"" help:"Show the events of a stream in words."`
}

// showing holds what all commands take that show something.
type showing struct {
	Ledger string `help:"The ledger to look into." default:"default" predictor:"ledger"`
	JSON   bool   `help:"Print JSON, as is done where standard output is no terminal."`
}

func (s showing) asJSON(std house.Streams) bool { return s.JSON || !house.IsTerminal(std.Out) }

// workspaceArgument names a workspace.
type workspaceArgument struct {
	Name string `arg:"" help:"The workspace's name, such as acme."`
}

// Validate refuses what can't be a name.
func (w workspaceArgument) Validate() error { return validName(w.Name) }

// invoiceArgument names an invoice.
type invoiceArgument struct {
	Name string `arg:"" help:"The invoice's number, such as INV-000001, or its id."`
}

// Validate refuses what can't be a number or an id.
func (i invoiceArgument) Validate() error { return validName(i.Name) }

// validName takes names alone. Where none was given, that is said otherwise.
func validName(name string) error {
	if name != "" && !domain.ValidName(name) {
		return fmt.Errorf("%q is no name: a name is %s", name, domain.NameRule)
	}
	return nil
}

// desk answers questions about one ledger as the API does, without a server.
type desk struct {
	*house.House
	*client.Client
	ledger eventstore.Ledger
}

// withDesk runs a command on a [desk] of a ledger. It changes nothing there.
func withDesk(ctx context.Context, c *house.Config, std house.Streams, s showing, f func(*desk) error) error {
	return house.Look(ctx, c, func(h *house.House) error { return atDesk(ctx, c, h, std, s, endpoint.RoleAuditor, f) })
}

// withHands does what withDesk does for a command that changes something, in the name of whoever operates the machine.
func withHands(ctx context.Context, c *house.Config, std house.Streams, s showing, f func(*desk) error) error {
	return house.With(ctx, c, std, func(h *house.House) error { return atDesk(ctx, c, h, std, s, endpoint.RoleAdmin, f) })
}

// atDesk runs a command on a [desk] whose questions have a role.
func atDesk(ctx context.Context, c *house.Config, h *house.House, std house.Streams, s showing, role endpoint.Role, f func(*desk) error) error {
	ledger, err := house.LedgerByName(ctx, h.Queries, s.Ledger)
	if err != nil {
		return err
	}
	keys, err := access.NewKeys(h.Queries, time.Now)
	if err != nil {
		return err
	}
	handler, err := api.New(api.Options{Options: endpoint.Options{
		Store: h.Store, Codec: h.Codec, Engine: h.Engine, Authenticator: holder{keys, ledger, role}, Pool: h.Queries,
		RequestTimeout: c.Patience, Version: house.Version,
	}})
	if err != nil {
		return err
	}
	asked, err := client.New("http://localhost", client.WithDoer(within{handler}))
	if err != nil {
		return err
	}
	if err := catchUp(ctx, h, ledger, std); err != nil {
		return err
	}
	return f(&desk{House: h, Client: asked, ledger: ledger})
}

// catchUp waits until the read models show all that has happened, or says that they do not.
func catchUp(ctx context.Context, h *house.House, ledger eventstore.Ledger, std house.Streams) error {
	tail, err := eventstore.Tail(ctx, h.Queries, ledger.ID)
	if err != nil {
		return err
	}
	err = h.Engine.Await(ctx, ledger.ID, tail)
	if behind, ok := errors.AsType[*engine.BehindError](err); ok {
		fmt.Fprintf(std.Err, "tallystick: %v: what is shown may be older; see tallystick projection list\n", behind)
		return nil
	}
	return err
}

// operator stands in the events where those of a request have an API key's id.
const operator = "operator"

// holder lets every request have a role in one ledger.
type holder struct {
	*access.Keys
	ledger eventstore.Ledger
	role   endpoint.Role
}

// Authenticate gives the role, whatever the request says.
func (r holder) Authenticate(ctx context.Context, _ *http.Request) (endpoint.Principal, error) {
	found, ok, err := r.Holder(ctx, r.ledger.ID)
	if err == nil && !ok {
		err = fmt.Errorf("ledger %s is gone", r.ledger.Name)
	}
	found.Role, found.Actor = r.role, operator
	return found, err
}

// within hands requests to a handler of this process.
type within struct{ handler http.Handler }

// Do answers a request.
func (w within) Do(request *http.Request) (*http.Response, error) {
	request.RemoteAddr = "127.0.0.1:0"
	if request.Body == nil {
		request.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, request)
	return answer.Result(), nil
}

// with adds parameters to a question, by their names; an empty one is left out.
func with(parameters ...any) client.RequestEditorFn {
	return func(_ context.Context, request *http.Request) error {
		query := request.URL.Query()
		for i := 0; i < len(parameters); i += 2 {
			if value := fmt.Sprint(parameters[i+1]); value != "" {
				query.Set(fmt.Sprint(parameters[i]), value)
			}
		}
		request.URL.RawQuery = query.Encode()
		return nil
	}
}

// all reads a list to its last page.
func all[T any](read func(cursor string) ([]T, client.Page, error)) ([]T, error) {
	entries := []T{}
	for cursor := ""; ; {
		page, at, err := read(cursor)
		if err != nil {
			return nil, err
		}
		entries = append(entries, page...)
		if cursor = printOf(at.Next); cursor == "" {
			return entries, nil
		}
	}
}

// sheet writes what is shown to people: fields in two columns, and tables.
type sheet struct {
	*tabwriter.Writer
	out io.Writer
}

func newSheet(std house.Streams) sheet {
	return sheet{Writer: tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0), out: std.Out}
}

// field writes a line with a name, unless there is nothing to say.
func (s sheet) field(name, value string) {
	if value != "" {
		fmt.Fprintf(s, "%s\t%s\n", name, inCell(value))
	}
}

// listing writes a table under a line of its own, unless it is empty.
func listing[T any](s sheet, title, header string, rows []T, line func(T) []string) {
	if len(rows) == 0 {
		return
	}
	s.Flush()
	fmt.Fprintf(s.out, "\n%s\n", title)
	fmt.Fprintln(s, header)
	for _, row := range rows {
		cells := line(row)
		for i := range cells {
			cells[i] = cmp.Or(inCell(cells[i]), "-")
		}
		fmt.Fprintln(s, strings.Join(cells, "\t"))
	}
	s.Flush()
}

// inCell keeps a cell in its place.
func inCell(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' }), ", ")
}

func printMoney(m client.Money) string { return m.Amount + " " + m.Currency }

// printOf shows what may be missing.
func printOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// listCodes lists codes.
func listCodes[T ~string](codes []T) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = string(code)
	}
	return strings.Join(words, ", ")
}

func printPeriod(p *client.Period) string {
	if p == nil {
		return ""
	}
	return house.PrintTime(&p.Start) + " to " + house.PrintTime(&p.End)
}

// printAt shows a time, and nothing for none.
func printAt(t *time.Time) string {
	if t == nil {
		return ""
	}
	return house.PrintTime(t)
}
