package audit

import (
	"context"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/accesslog"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// accessView shows who read what is not for everybody.
type accessView struct {
	ID     int64     `json:"id" doc:"1, 2, 3 … in the ledger."`
	At     time.Time `json:"at" doc:"By the database's clock."`
	Actor  string    `json:"actor" doc:"The id of the API key, what a link opened, such as portal:acme, or who ran a command of the program."`
	Role   string    `json:"role" example:"auditor" doc:"The key's; link, or operator for a command."`
	Method string    `json:"method" example:"GET" doc:"RUN for a command."`
	Path   string    `json:"path" example:"/v1/audit/proofs/1" doc:"Of the request, or the command."`
	Status int       `json:"status" example:"200" doc:"Of the answer. Who was refused has read nothing."`
	From   *int64    `json:"from" doc:"The position of the first event that the answer is of; null where it is of none."`
	To     *int64    `json:"to" doc:"The position of the last one."`
	Client *string   `json:"client" doc:"The address that the request came from; null for a command."`
}

func viewAccess(e accesslog.Entry) accessView {
	return accessView{
		ID: e.ID, At: e.At, Actor: e.Actor, Role: e.Role, Method: e.Method, Path: e.Path, Status: e.Status, From: e.From, To: e.To,
		Client: endpoint.OrNull(e.Client),
	}
}

// actorForm has keys, streams, and people as their systems name them.
var actorForm = regexp.MustCompile(`^[A-Za-z0-9_][!-~]{0,199}$`)

var accessParameters = endpoint.ListParameters(
	endpoint.IntegerParameter("after", "Only those behind this id."),
	endpoint.Parameter{
		Name: "actor", Text: "Only this actor's.", Must: "an actor as entries name it, at most 200 characters long",
		Valid: actorForm.MatchString,
	},
	endpoint.NameFilter("role", "Only those of this role, such as auditor, link or operator.", "a role"),
)

func listAccess(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[accessView], error) {
	begin := c.Integer("after", 0)
	filter := accesslog.Filter{Actor: c.Parameter("actor"), Role: c.Parameter("role")}
	return endpoint.Page(c, func(after int64, limit int) ([]accesslog.Entry, error) {
		return accesslog.List(ctx, tx, c.Ledger.ID, filter, max(after, begin), limit)
	}, func(e accesslog.Entry) int64 { return e.ID }, viewAccess)
}
