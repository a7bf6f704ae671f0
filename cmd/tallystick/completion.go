package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/template"
	"time"

	"github.com/alecthomas/kong"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/dial"

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
	kongplete.Complete(parser, kongplete.WithExitFunc(func(int) {}),
		kongplete.WithPredictor("ledger", complete.PredictFunc(func(line complete.Args) []string { return nameLedgers(ctx, line.All) })))
}

// ledgersWait bounds the time that a person waits for the names of ledgers.
const ledgersWait = time.Second

// nameLedgers lists the ledgers of a database that answers at once, and none otherwise: it starts no private Postgres.
func nameLedgers(ctx context.Context, words []string) []string {
	ctx, cancel := context.WithTimeout(ctx, ledgersWait)
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
	ledgers, err := eventstore.Ledgers(ctx, conn)
	if err != nil {
		return nil
	}
	names := make([]string, len(ledgers))
	for i, ledger := range ledgers {
		names[i] = ledger.Name
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
