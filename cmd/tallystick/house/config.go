package house

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/term"
)

const (
	DefaultListen  = "127.0.0.1:8080"
	DefaultDataDir = ".tallystick"
	// DefaultMaxConnections keeps what strangers hold open to some hundred megabytes.
	DefaultMaxConnections = 4_096
)

// Config holds the settings of every command that needs a database. A flag wins over the environment, and the environment
// over the default.
type Config struct {
	DataDir     string `help:"Directory of the private Postgres, the admin key and the lock (default ${data_dir})." env:"TALLYSTICK_DATA_DIR" default:"${data_dir}" placeholder:"DIR"`
	DatabaseURL string `help:"A Postgres of yours, 15 or later, instead of the private one." env:"DATABASE_URL" placeholder:"URL"`
	LogLevel    string `help:"debug, info, warn or error (default info)." env:"TALLYSTICK_LOG_LEVEL" default:"info" placeholder:"LEVEL" predictor:"level"`
	LogFormat   string `help:"text, json, or auto: text on a terminal (default auto)." env:"TALLYSTICK_LOG_FORMAT" default:"auto" placeholder:"FORMAT" predictor:"format"`

	// QueryDatabaseURL and QueryMaxLag are of a standby that answers a server's queries; Roles is what that server does.
	QueryDatabaseURL string        `kong:"-"`
	QueryMaxLag      time.Duration `kong:"-"`
	Roles            Roles         `kong:"-"`

	// Patience is the least that every limit of some seconds is raised to.
	Patience time.Duration `kong:"-"`
	// Traces takes the spans of a server; nil means that there are none.
	Traces trace.TracerProvider `kong:"-"`
}

// Limit raises a usual limit to the patience.
func (c *Config) Limit(usual time.Duration) time.Duration { return max(usual, c.Patience) }

func (c *Config) Settings() *Config { return c }

func (c *Config) Wrong() (wrong []error) {
	if c.DataDir == "" {
		wrong = append(wrong, errors.New("--data-dir is empty"))
	}
	if c.DatabaseURL != "" {
		if u, err := url.Parse(c.DatabaseURL); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			// The URL may hold a password, so it isn't repeated.
			wrong = append(wrong, errors.New("--database-url is not a postgres:// URL"))
		}
	}
	if err := new(slog.Level).UnmarshalText([]byte(c.LogLevel)); err != nil {
		wrong = append(wrong, fmt.Errorf("--log-level %q is not debug, info, warn or error", c.LogLevel))
	}
	if c.LogFormat != "auto" && c.LogFormat != "text" && c.LogFormat != "json" {
		wrong = append(wrong, fmt.Errorf("--log-format %q is not text, json or auto", c.LogFormat))
	}
	return wrong
}

// AdminKeyPath gives the file of the private database's first key.
func (c *Config) AdminKeyPath() string { return filepath.Join(c.DataDir, "admin.key") }

// DatabaseURLPath gives the file with the private database's URL, as its operator.
func (c *Config) DatabaseURLPath() string { return filepath.Join(c.DataDir, "database.url") }

// SecretKeyPath gives the file with the key that seals secrets.
func (c *Config) SecretKeyPath() string { return filepath.Join(c.DataDir, "secret.key") }

// AuditKeyPath gives the file with the key that signs checkpoints.
func (c *Config) AuditKeyPath() string { return filepath.Join(c.DataDir, "audit.key") }

// CheckpointPath gives the file with a ledger's newest checkpoint: file, in which {ledger} stands for its id, or one in the data directory.
func (c *Config) CheckpointPath(file, ledger string) string {
	if file == "" {
		return filepath.Join(c.DataDir, "checkpoints", ledger)
	}
	return strings.ReplaceAll(file, "{ledger}", ledger)
}

// LicenseSigningPath gives the file with the private database's key that signs license files.
func (c *Config) LicenseSigningPath() string { return filepath.Join(c.DataDir, "license-signing.pem") }

// Logger writes to standard error, so that standard output can be parsed.
func (c *Config) Logger(std Streams) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // Validate has seen it
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "text" || c.LogFormat == "auto" && IsTerminal(std.Err) {
		return slog.New(slog.NewTextHandler(std.Err, options))
	}
	return slog.New(slog.NewJSONHandler(std.Err, options))
}

func IsTerminal(w any) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// WriteSecret writes a file that only its owner may read, completely or not at all.
func WriteSecret(path, content string) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, []byte(strings.TrimSpace(content)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
