package migrations

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
)

// comments describes the schema tallystick to whoever looks at it with psql. The statements are asserted at every start and
// not by a numbered migration, so that a better wording reaches databases that stand.
//
//go:embed comments.sql
var comments string

//go:embed describe.sql
var assertComments string

// comment is a statement COMMENT ON.
type comment struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Text string `json:"text"`
}

var commentOn = regexp.MustCompile(`(?s)COMMENT ON (SCHEMA|TABLE|VIEW|COLUMN|FUNCTION)\s+(\S.*?)\s+IS\s+'((?:[^']|'')*)';\n?`)

func commentsIn(sql string) (found []comment) {
	for _, match := range commentOn.FindAllStringSubmatch(sql, -1) {
		found = append(found, comment{match[1], match[2], strings.ReplaceAll(match[3], "''", "'")})
	}
	return found
}

// WithoutComments takes the statements COMMENT ON out of SQL, which change nothing of tables and rows.
func WithoutComments(sql string) string { return commentOn.ReplaceAllString(sql, "") }

// execute runs SQL, on whatever connection.
type execute func(ctx context.Context, sql string, args ...any) error

// Describe sees to it that the comments stand which SQL makes, and leaves those that do already. Objects that the database
// does not have are left out: a newer release may have dropped them.
func Describe(ctx context.Context, execute execute, sql string) error {
	all, err := json.Marshal(commentsIn(sql))
	if err == nil {
		err = execute(ctx, `SELECT set_config('tallystick.comments', $1, false)`, string(all))
	}
	if err == nil {
		err = execute(ctx, assertComments)
	}
	if err != nil {
		return fmt.Errorf("assert comments: %w", err)
	}
	return nil
}
