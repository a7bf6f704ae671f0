package main

import (
	"bytes"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

const installed = "/usr/local/bin/tallystick"

// readFile reads a file beside the tests.
func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// judged expects that this program would start with a command line and an environment.
func judged(t *testing.T, args []string, environment map[string]string) {
	t.Helper()
	p := &program{}
	var said bytes.Buffer
	parser, err := newParser(p, house.Streams{Out: &said, Err: &said}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	args = slices.Clone(args)
	for _, variable := range slices.Sorted(maps.Keys(environment)) {
		if strings.HasPrefix(variable, "OTEL_") || variable == "TALLYSTICK_PG_BIN" {
			continue
		}
		flag := flagOf(parser.Model.Node, args[0], variable)
		if flag == "" {
			t.Errorf("%s takes no %s from the environment", args[0], variable)
			continue
		}
		args = append(args, "--"+flag+"="+environment[variable])
	}
	command, err := parser.Parse(args)
	if err == nil {
		err = p.configure(command)
	}
	if err != nil {
		t.Errorf("%v: %v", args, err)
	}
}

// flagOf finds the flag of a command for a variable.
func flagOf(root *kong.Node, command, variable string) string {
	for _, node := range root.Children {
		for _, flag := range node.Flags {
			if node.Name == command && slices.Contains(flag.Envs, variable) {
				return flag.Name
			}
		}
	}
	return ""
}

// instruction is one of a Containerfile.
type instruction struct{ name, rest string }

// containerfile reads the instructions of all stages.
func containerfile(t *testing.T) (all []instruction) {
	t.Helper()
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(readFile(t, "deploy/Containerfile"), "")
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		if name, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, instruction{name, strings.Join(strings.Fields(rest), " ")})
		}
	}
	return all
}

// of lists what the instructions of a name say.
func of(all []instruction, name string) (rests []string) {
	for _, i := range all {
		if i.name == name {
			rests = append(rests, i.rest)
		}
	}
	return rests
}

// listed reads the form of a command that needs no shell.
func listed(t *testing.T, text string) []string {
	t.Helper()
	var words []string
	for _, word := range strings.Split(strings.Trim(text, "[]"), ",") {
		unquoted, err := strconv.Unquote(strings.TrimSpace(word))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		words = append(words, unquoted)
	}
	return words
}

// containerEnvironment gives what ENV sets.
func containerEnvironment(all []instruction) map[string]string {
	environment := map[string]string{}
	for _, rest := range of(all, "ENV") {
		for _, setting := range strings.Fields(rest) {
			name, value, _ := strings.Cut(setting, "=")
			environment[name] = value
		}
	}
	return environment
}

func TestContainerfile(t *testing.T) {
	t.Parallel()
	all := containerfile(t)
	for _, i := range all {
		if !slices.Contains(strings.Fields("FROM WORKDIR COPY RUN ARG USER ENV VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD"), i.name) {
			t.Errorf("an instruction is %s %s", i.name, i.rest)
		}
	}
	built := strings.Join(of(all, "RUN"), "\n")
	for _, rest := range of(all, "COPY") {
		words := strings.Fields(rest)
		for _, source := range words[:len(words)-1] {
			switch {
			case strings.HasPrefix(source, "--"):
			case strings.Contains(rest, "--from=build"):
				if !strings.Contains(built, source) {
					t.Errorf("nothing makes %s", source)
				}
			default:
				if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
					t.Errorf("COPY %s: %v", rest, err)
				}
			}
		}
	}
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "../../go.mod"))[1]
	from := of(all, "FROM")
	if !strings.HasPrefix(from[0], "golang:"+wanted+"-") {
		t.Errorf("it is built by %s, and go.mod wants %s", from[0], wanted)
	}
	if users := of(all, "USER"); !slices.Equal(users, []string{"nonroot:nonroot"}) {
		t.Errorf("it runs as %q", users)
	}
	if !strings.Contains(built, "CGO_ENABLED=0") || !strings.Contains(built, "-X github.com/tallystick/tallystick/cmd/tallystick/house.Version=") {
		t.Error("the program is not static, or does not know its version")
	}
	if entry := listed(t, of(all, "ENTRYPOINT")[0]); !slices.Equal(entry, []string{installed}) {
		t.Errorf("it starts with %q", entry)
	}
	environment := containerEnvironment(all)
	environment["TALLYSTICK_PLAINTEXT"] = "true" // whoever runs it must say who may listen
	judged(t, listed(t, of(all, "CMD")[0]), environment)
	_, check, _ := strings.Cut(of(all, "HEALTHCHECK")[0], "CMD ")
	judged(t, listed(t, check)[1:], nil)
	if _, port, _ := net.SplitHostPort(environment["TALLYSTICK_LISTEN"]); !slices.Equal(of(all, "EXPOSE"), []string{port}) {
		t.Errorf("it listens on %s and exposes %q", port, of(all, "EXPOSE"))
	}
	if volumes := of(all, "VOLUME"); !slices.Equal(volumes, []string{environment["TALLYSTICK_DATA_DIR"]}) {
		t.Errorf("its data is in %s, and volumes are %q", environment["TALLYSTICK_DATA_DIR"], volumes)
	}
}

// compose reads the file as docker compose does, by the schema of the specification.
func compose(t *testing.T) *types.Project {
	t.Helper()
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: "deploy", ConfigFiles: []types.ConfigFile{{Filename: "deploy/compose.yaml"}}, Environment: types.Mapping{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestCompose(t *testing.T) {
	t.Parallel()
	project, all := compose(t), containerfile(t)
	ours, postgres := project.Services["tallystick"], project.Services["postgres"]
	environment := containerEnvironment(all)
	for name, value := range ours.Environment {
		environment[name] = *value
	}
	judged(t, ours.Command, environment)
	if _, err := os.Stat(filepath.Join(ours.Build.Context, ours.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	_, check, _ := strings.Cut(of(all, "HEALTHCHECK")[0], "CMD ")
	if !slices.Equal(ours.HealthCheck.Test[1:], listed(t, check)) {
		t.Errorf("its health is %q, and the image's %s", ours.HealthCheck.Test, check)
	}
	if listen := environment["TALLYSTICK_LISTEN"]; len(ours.Ports) != 1 || !strings.HasSuffix(listen, ":"+strconv.Itoa(int(ours.Ports[0].Target))) ||
		ours.Ports[0].HostIP != "127.0.0.1" {
		t.Errorf("it listens on %s and publishes %+v", listen, ours.Ports)
	}
	if listen := environment["TALLYSTICK_METRICS_LISTEN"]; len(ours.Expose) != 1 || !strings.HasSuffix(listen, ":"+ours.Expose[0]) {
		t.Errorf("metrics are on %s, and exposed is %q", listen, ours.Expose)
	}
	if len(ours.Volumes) != 1 || ours.Volumes[0].Target != environment["TALLYSTICK_DATA_DIR"] {
		t.Errorf("its volumes are %+v", ours.Volumes)
	}
	if ours.StopGracePeriod == nil || time.Duration(*ours.StopGracePeriod) < stopsWithin {
		t.Errorf("it has %v to stop, and needs %v", ours.StopGracePeriod, stopsWithin)
	}
	if ours.DependsOn["postgres"].Condition != types.ServiceConditionHealthy || postgres.HealthCheck == nil {
		t.Error("it does not wait until Postgres is healthy")
	}
	database, err := url.Parse(environment["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	if _, known := database.User.Password(); known {
		t.Error("a password is in the environment")
	}
	for _, same := range [][2]string{
		{database.Hostname(), postgres.Name}, {database.Path, "/" + *postgres.Environment["POSTGRES_DB"]},
		{database.User.Username(), *postgres.Environment["POSTGRES_USER"]},
		{database.Query().Get("passfile"), "/run/secrets/" + ours.Secrets[0].Source},
		{*postgres.Environment["POSTGRES_PASSWORD_FILE"], "/run/secrets/" + postgres.Secrets[0].Source},
	} {
		if same[0] != same[1] {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
	for _, service := range project.Services {
		for _, secret := range service.Secrets {
			if path.Base(path.Dir(project.Secrets[secret.Source].File)) != "secrets" {
				t.Errorf("the secret %s is %+v", secret.Source, project.Secrets[secret.Source])
			}
		}
	}
	if major, err := strconv.Atoi(regexp.MustCompile(`^postgres:(\d+)`).FindStringSubmatch(postgres.Image)[1]); err != nil || major < 15 {
		t.Errorf("%s: the program needs 15 or later", postgres.Image)
	}
}

// stopsWithin bounds the time in which the program stops on a database that is not its own.
const stopsWithin = serve.DrainTimeout + house.CloseTimeout + serve.FlushTimeout

func TestUnit(t *testing.T) {
	t.Parallel()
	unit := readFile(t, "deploy/tallystick.service")
	settings := map[string][]string{}
	for line := range strings.Lines(unit) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	environment := map[string]string{"DATABASE_URL": regexp.MustCompile(`DATABASE_URL=(\S+)`).FindStringSubmatch(unit)[1]}
	for _, setting := range settings["Environment"] {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	start := strings.Fields(settings["ExecStart"][0])
	if start[0] != installed {
		t.Errorf("it starts %s", start[0])
	}
	judged(t, start[1:], environment)
	for _, variable := range regexp.MustCompile(`TALLYSTICK_[A-Z_]+`).FindAllString(unit, -1) {
		p := &program{}
		parser, err := newParser(p, house.Streams{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if flagOf(parser.Model.Node, start[1], variable) == "" {
			t.Errorf("%s takes no %s from the environment", start[1], variable)
		}
	}
	if environment["TALLYSTICK_DATA_DIR"] != "%S/"+settings["StateDirectory"][0] {
		t.Errorf("its data is in %s, and may be in %s", environment["TALLYSTICK_DATA_DIR"], settings["StateDirectory"])
	}
	if stop, err := time.ParseDuration(settings["TimeoutStopSec"][0]); err != nil || stop < stopsWithin {
		t.Errorf("it has %v to stop, and needs %v", stop, stopsWithin)
	}
	if prevented := settings["RestartPreventExitStatus"]; prevented != nil {
		t.Errorf("it does not start again after %v, with which a panic may end", prevented)
	}
	for _, analysis := range [][]string{{"verify"}, {"security", "--offline=true", "--threshold=15"}} {
		t.Run("systemd-analyze "+analysis[0], func(t *testing.T) {
			t.Parallel()
			needs(t, "systemd-analyze")
			// It looks for the program, which is not installed here.
			file := filepath.Join(t.TempDir(), "tallystick.service")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(unit, installed, "/bin/true")), 0o600); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, code := finish(t, exec.Command("systemd-analyze", append(analysis, file)...))
			if code != 0 || stderr != "" {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
		})
	}
}

// A password may come from a file, as it does in compose.yaml, and a health check follows the server.
func TestDeployed(t *testing.T) {
	t.Parallel()
	owner := boot(t, dataDir(t))
	database, err := url.Parse(owner.databaseURL())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := database.User.Password()
	passfile := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(passfile, []byte("*:*:*:*:"+password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	query := database.Query()
	query.Set("passfile", passfile)
	database.User, database.RawQuery = url.User(database.User.Username()), query.Encode()
	s := boot(t, dataDir(t), "--database-url", database.String())
	address := strings.TrimPrefix(s.url, "http://")
	if stdout, stderr, code := invoke(t, "ready", "--listen", address); code != exitDone || stdout != "ready\n" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	_, port, _ := net.SplitHostPort(address)
	if _, stderr, code := invoke(t, "ready", "--listen", "0.0.0.0:"+port); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if code := s.stop(syscall.SIGTERM); code != exitDone {
		t.Errorf("exit %d:\n%s", code, s.output())
	}
	if _, stderr, code := invoke(t, "ready", "--listen", address); code != exitFailed || !strings.Contains(stderr, "refused") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := invoke(t, "ready", "--listen", "nowhere"); code != exitUsage || !strings.Contains(stderr, "HOST:PORT") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
