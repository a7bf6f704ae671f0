package exports

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/export"
	"github.com/tallystick/tallystick/projections/finance"
)

// ManifestName is the manifest's among the files.
const ManifestName = "manifest.json"

// manifest says what the files hold. It is written as RFC 8785 has it.
type manifest struct {
	Format        string         `json:"format"`
	Ledger        string         `json:"ledger"`
	Mode          string         `json:"mode"`
	Kind          Kind           `json:"kind"`
	FileFormat    export.Format  `json:"file_format"`
	From          *string        `json:"from"`
	To            *string        `json:"to"`
	Date          *string        `json:"date"`
	Position      int64          `json:"position"`
	Time          time.Time      `json:"time"`
	Revisions     map[string]int `json:"revisions"`
	Files         []export.File  `json:"files"`
	ControlTotals []export.Total `json:"control_totals"`
	Events        span           `json:"events"`
	Checkpoint    string         `json:"checkpoint"`
}

// span is the events that an export stands on.
type span struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Written is a complete export.
type Written struct {
	Files    []export.File
	Manifest []byte
}

// Write writes an export and its manifest into a directory, from where an earlier writing ended.
func Write(ctx context.Context, from Sources, ledger eventstore.Ledger, s Spec, dir string, report func(context.Context, int64) error) (Written, error) {
	parts, err := kinds[s.Kind].parts(from, ledger, s)
	if err != nil {
		return Written{}, err
	}
	if err := os.Remove(filepath.Join(dir, ManifestName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Written{}, err
	}
	writing := export.Writing{Dir: dir, Of: identity{ledger.ID.String(), s}, Report: report}
	files, totals, err := writing.Write(ctx, parts)
	if err != nil {
		return Written{}, err
	}
	_, checkpoint, err := covering(ctx, from, ledger, s.Position)
	if err != nil {
		return Written{}, err
	}
	m := manifest{
		Format: "tallystick-export/v1", Ledger: ledger.ID.String(), Mode: string(ledger.Mode), Kind: s.Kind, FileFormat: s.Format,
		From: orNull(s.From), To: orNull(s.To), Date: orNull(s.Date), Position: s.Position, Time: s.Time.UTC(), Revisions: map[string]int{},
		Files: files, ControlTotals: totals, Events: span{min(1, s.Position), s.Position}, Checkpoint: checkpoint.Note,
	}
	if s.Kind != KindEvents {
		m.Revisions["journal"] = finance.Model.Revision
	}
	text, err := canonical(m)
	if err != nil {
		return Written{}, fmt.Errorf("write the manifest: %w", err)
	}
	if err := export.WriteFile(filepath.Join(dir, ManifestName), text); err != nil {
		return Written{}, err
	}
	return Written{Files: files, Manifest: text}, writing.End()
}

// identity tells one export from another.
type identity struct {
	Ledger string `json:"ledger"`
	Spec   Spec   `json:"spec"`
}

// Begun tells what the export in a directory is of that is not complete.
func Begun(dir string, ledger eventstore.Ledger) (s Spec, found bool, err error) {
	var of identity
	found, err = export.Found(dir, &of)
	return of.Spec, found && of.Ledger == ledger.ID.String(), err
}

func canonical(m manifest) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	value := jsontext.Value(text)
	err = value.Canonicalize()
	return value, err
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
