package serve

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/eventstore/sealer"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// DefaultAuditOrigin begins the names of logs.
const DefaultAuditOrigin = "tallystick"

// Auditing holds the settings of the sealer.
type Auditing struct {
	AuditKey            string  `help:"File of the keys that sign checkpoints, one in each line (the private Postgres comes with one, audit.key in the data directory). Without it nothing is sealed." env:"TALLYSTICK_AUDIT_KEY" placeholder:"FILE"`
	AuditOrigin         string  `help:"Begins the names of the ledgers' logs; it must stay as it is (default ${audit_origin})." env:"TALLYSTICK_AUDIT_ORIGIN" default:"${audit_origin}" placeholder:"NAME"`
	AuditCheckpointFile string  `help:"File that keeps the newest checkpoint outside of the database; {ledger} in it stands for the ledger's id (default checkpoints/{ledger} in the data directory)." env:"TALLYSTICK_AUDIT_CHECKPOINT_FILE" placeholder:"FILE"`
	AuditWitness        witness `help:"A witness that cosigns checkpoints by c2sp.org/tlog-witness: its URL and its key (in the environment with a space between)." env:"TALLYSTICK_AUDIT_WITNESS" placeholder:"URL VKEY"`
}

// witness holds the URL and the key of a witness.
type witness struct{ url, vkey string }

// Decode takes two arguments, or one with both.
func (w *witness) Decode(ctx *kong.DecodeContext) error {
	var given string
	if err := ctx.Scan.PopValueInto("url", &given); err != nil {
		return err
	}
	var both bool
	if w.url, w.vkey, both = strings.Cut(given, " "); both {
		return nil
	}
	return ctx.Scan.PopValueInto("vkey", &w.vkey)
}

// wrong lists what is wrong with the settings.
func (a *Auditing) wrong() (wrong []error) {
	if !audit.ValidOrigin(a.AuditOrigin) {
		wrong = append(wrong, fmt.Errorf("--audit-origin %q is empty, or has a space or a + in it", a.AuditOrigin))
	}
	if w := a.AuditWitness; w.url != "" {
		if u, err := url.Parse(w.url); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			wrong = append(wrong, fmt.Errorf("--audit-witness %q is not an http:// or https:// URL", w.url))
		}
		if _, err := audit.NewWitness(w.vkey); err != nil {
			wrong = append(wrong, fmt.Errorf("--audit-witness: %w", err))
		}
	}
	return wrong
}

// openSealer makes the sealer of all ledgers, or nil where there is no key. The private Postgres comes with a key of its own.
func (s *Serving) openSealer(h *house.House, log *slog.Logger) (*sealer.Sealer, error) {
	file := s.AuditKey
	if s.DatabaseURL == "" && file == "" {
		file = s.AuditKeyPath()
		if err := s.makeAuditKey(file); err != nil {
			return nil, err
		}
	}
	if file == "" {
		log.Warn("there is no --audit-key, so that nothing is sealed: auditors get no checkpoints and no proofs")
		return nil, nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the audit key: %w", err)
	}
	keys, err := audit.ReadKeys(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var cosigner *sealer.Witness
	if s.AuditWitness.url != "" {
		if cosigner, err = sealer.NewWitness(s.AuditWitness.url, s.AuditWitness.vkey); err != nil {
			return nil, fmt.Errorf("--audit-witness: %w", err)
		}
	}
	return sealer.New(sealer.Options{
		Witness: cosigner, Pool: h.Queries, Keys: keys, Origin: s.AuditOrigin, File: s.checkpointFile, Now: time.Now, Log: log,
	}), nil
}

// makeAuditKey draws a key into a file, unless there is one already.
func (s *Serving) makeAuditKey(file string) error {
	if _, err := os.Stat(file); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	line, err := audit.GenerateKey(s.AuditOrigin)
	if err == nil {
		err = house.WriteSecret(file, line)
	}
	if err != nil {
		return fmt.Errorf("make an audit key: %w", err)
	}
	return nil
}

// checkpointFile gives the path of a ledger's outside copy.
func (s *Serving) checkpointFile(ledger uuid.UUID) string {
	return s.CheckpointPath(s.AuditCheckpointFile, ledger.String())
}
