package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/alecthomas/kong"
	"github.com/jackc/pgx/v5"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"

	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type completionCommand struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Help tells where the script goes.
func (completionCommand) Help() string {
	return "The shell's own file takes the script in, ~/.bashrc, ~/.zshrc behind compinit, or ~/.config/fish/config.fish:\n\n" +
		"    source <(tallystick completion bash)\n" +
		"    source <(tallystick completion zsh)\n" +
		"    tallystick completion fish | source"
}

// scripts let each shell ask the program itself, which answers where COMP_LINE has the line so far.
var scripts = map[string]*template.Template{
	"bash": script("complete -o default -o bashdefault -C {{.}} tallystick\n"),
	"zsh":  script("autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -o bashdefault -C {{.}} tallystick\n"),
	"fish": script(`function __tallystick_complete
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    {{.}}
end
complete -f -c tallystick -a "(__tallystick_complete)"
`),
}

func script(text string) *template.Template { return template.Must(template.New("").Parse(text)) }

// Run prints the script.
func (c completionCommand) Run(std house.Streams) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	quoted := "'" + strings.ReplaceAll(program, "'", `'\''`) + "'"
	return scripts[c.Shell].Execute(std.Out, quoted)
}

// completing reports whether a shell asks how its line may go on.
func completing() bool { return os.Getenv("COMP_LINE") != "" }

// completeLine prints how the line may go on.
func completeLine(ctx context.Context, parser *kong.Kong) {
	stored := func(query string) complete.PredictFunc {
		return func(line complete.Args) []string { return askNames(ctx, line.All, query) }
	}
	kongplete.Complete(parser, kongplete.WithExitFunc(func(int) {}), kongplete.WithPredictors(map[string]complete.Predictor{
		"ledger":  stored(`SELECT name FROM tallystick.ledgers ORDER BY name`),
		"version": stored(`SELECT projection || '@' || version FROM tallystick.projection_versions WHERE status <> 'dropped' ORDER BY 1`),
		"level":   complete.PredictSet("debug", "info", "warn", "error"),
		"format":  complete.PredictSet("auto", "text", "json"),
		"model":   complete.PredictSet(modelNames()...),
		"stream":  complete.PredictSet(streamBeginnings()...),
	}))
}

func modelNames() (names []string) {
	for _, model := range projections.All() {
		names = append(names, model.Name)
	}
	return names
}

// streamBeginnings lists the types of streams, which a name follows.
func streamBeginnings() (names []string) {
	for _, streamType := range command.StreamTypes() {
		names = append(names, streamType.Name+":")
	}
	return names
}

// namesWait bounds the time that a person waits for names from the database.
const namesWait = time.Second

// askNames asks a database that answers at once, and gives none otherwise: it starts no private Postgres.
func askNames(ctx context.Context, words []string, query string) []string {
	ctx, cancel := context.WithTimeout(ctx, namesWait)
	defer cancel()
	c := &house.Config{
		DataDir:     setting(words, "--data-dir", "TALLYSTICK_DATA_DIR", house.DefaultDataDir),
		DatabaseURL: setting(words, "--database-url", "DATABASE_URL", ""),
	}
	url, ok := c.DatabaseURL, c.DatabaseURL != ""
	if !ok {
		url, ok = house.RunningDatabase(ctx, c)
	}
	if !ok {
		return nil
	}
	conn, err := dial.Connect(ctx, url)
	if err != nil {
		return nil
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil
	}
	return names
}

// setting reads a flag of a line that is not finished, or the environment.
func setting(words []string, flag, variable, otherwise string) string {
	for i, word := range words {
		if value, ok := strings.CutPrefix(word, flag+"="); ok {
			return value
		}
		if word == flag && i+1 < len(words) {
			return words[i+1]
		}
	}
	if value, ok := os.LookupEnv(variable); ok {
		return value
	}
	return otherwise
}
