package exports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/projections/export"
)

// exportBody is the body of POST /v1/exports.
type exportBody struct {
	Kind   exports.Kind   `json:"kind" example:"events"`
	Format *export.Format `json:"format,omitempty" doc:"The first that the kind has when it is not given."`
	From   *string        `json:"from,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"The first day that counts, of a kind that goes by a span."`
	To     *string        `json:"to,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"The first day that does not count any more."`
	Date   *string        `json:"date,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"The last day that counts, of a kind that shows balances."`
	AsOf   *string        `json:"as_of,omitempty" example:"1" doc:"The position of an event, or a time in RFC 3339: then the event before the first one that took effect later. The newest event when it is not given."`
}

// exportView shows an export.
type exportView struct {
	ID          string             `json:"id"`
	Kind        exports.Kind       `json:"kind"`
	Format      export.Format      `json:"format"`
	From        *string            `json:"from"`
	To          *string            `json:"to"`
	Date        *string            `json:"date"`
	AsOf        view.Cut           `json:"as_of"`
	Status      exports.Status     `json:"status" doc:"expired: a week after it was complete, the files are gone."`
	Progress    exportProgressView `json:"progress"`
	Files       []exportFileView   `json:"files" doc:"Once it is complete."`
	Error       *exportErrorView   `json:"error" doc:"Why it failed, or was tried in vain last."`
	CreatedAt   time.Time          `json:"created_at"`
	CompletedAt *time.Time         `json:"completed_at"`
	ExpiresAt   *time.Time         `json:"expires_at"`
}

type exportProgressView struct {
	Rows int64  `json:"rows" doc:"That are written."`
	Of   *int64 `json:"of" doc:"How many there will be, where that is known before the end."`
}

type exportFileView struct {
	Name   string `json:"name" example:"events.ndjson"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256" pattern:"^[0-9a-f]{64}$"`
	Rows   int64  `json:"rows"`
}

type exportErrorView struct {
	Code   string `json:"code" example:"database_unavailable"`
	Detail string `json:"detail"`
}

// Services hold what the routes work with.
type Services struct {
	Exports *exports.Exports
	Reads   eventstore.Querier
}

// create keeps an export before the command is answered, which is what makes a repeat one.
func (s Services) create(c *endpoint.Call, b exportBody) (plan eventstore.Plan[exportView], kept endpoint.Secret, err error) {
	made, err := s.make(c, b)
	if err != nil {
		return plan, kept, err
	}
	plan = eventstore.Plan[exportView]{
		Resource: job.Stream(), Reads: []domain.Stream{job.Stream()},
		Decide: func(*eventstore.Decision) (exportView, error) { return viewExport(made, made.CreatedAt), nil },
	}
	return plan, endpoint.Secret{
		Keep:   func(ctx context.Context) error { return s.Exports.Keep(ctx, c.Ledger.ID, made) },
		Forget: func(ctx context.Context) error { return s.Exports.Forget(ctx, c.Ledger.ID, made.ID) },
	}, nil
}

func (s Services) make(c *endpoint.Call, b exportBody) (exports.Job, error) {
	asked, ok := eventstore.AsOf{}, true
	if b.AsOf != nil {
		asked, ok = eventstore.ParseAsOf(*b.AsOf)
	}
	if !ok {
		return exports.Job{}, domain.InvalidField("/as_of", "as_of_invalid", "as_of must be %s", eventstore.AsOfRule)
	}
	made := exports.Job{ID: endpoint.NewID(), Status: exports.StatusQueued, Actor: c.Actor}
	made.Spec = exports.Spec{
		Kind: b.Kind, Format: domain.Or(b.Format, exports.FirstFormat(b.Kind)), From: domain.Or(b.From, ""), To: domain.Or(b.To, ""), Date: domain.Or(b.Date, ""),
	}
	if err := made.Spec.Check(); err != nil {
		return made, err
	}
	tail, err := eventstore.Tail(c.Context(), s.Reads, c.Ledger.ID)
	if err != nil {
		return made, err
	}
	if made.CreatedAt, err = c.Ledger.ClockAt(c.Context(), s.Reads, tail, c.At()); err != nil {
		return made, err
	}
	cut, err := asked.Cut(c.Context(), s.Reads, c.Ledger, tail, made.CreatedAt)
	made.Spec.Position, made.Spec.Time = cut.Position, cut.Time
	made.All = made.Spec.Rows()
	return made, err
}

func viewCreated(v exportView, _ string) exportView { return v }

func viewExport(j exports.Job, now time.Time) exportView {
	s := j.Spec
	shown := exportView{
		ID: j.ID, Kind: s.Kind, Format: s.Format, From: endpoint.OrNull(s.From), To: endpoint.OrNull(s.To), Date: endpoint.OrNull(s.Date),
		AsOf: view.CutOf(s.Cut()), Status: j.StatusAt(now), Progress: exportProgressView{Rows: j.Rows, Of: j.All}, Files: []exportFileView{},
		CreatedAt: j.CreatedAt.UTC(), CompletedAt: inUTC(j.CompletedAt), ExpiresAt: inUTC(j.ExpiresAt),
	}
	for _, file := range j.Files {
		shown.Files = append(shown.Files, exportFileView(file))
	}
	if j.Code != "" {
		shown.Error = &exportErrorView{Code: j.Code, Detail: j.Detail}
	}
	return shown
}

func inUTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}

func list(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[exportView], error) {
	return endpoint.Page(c, func(behind string, limit int) ([]exports.Job, error) {
		return exports.List(ctx, tx, c.Ledger.ID, behind, limit)
	}, func(j exports.Job) string { return j.ID }, func(j exports.Job) exportView { return viewExport(j, c.Now()) })
}

func get(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (exportView, error) {
	found, err := exports.Find(ctx, tx, c.Ledger.ID, c.Name("export"))
	return viewExport(found, c.Now()), err
}

// ready finds an export whose files are there.
func (s Services) ready(c *endpoint.Call) (exports.Job, error) {
	found, err := exports.Find(c.Context(), s.Reads, c.Ledger.ID, c.Name("export"))
	if err != nil {
		return found, err
	}
	tail, err := eventstore.Tail(c.Context(), s.Reads, c.Ledger.ID)
	if err != nil {
		return found, err
	}
	now, err := c.Ledger.ClockAt(c.Context(), s.Reads, tail, c.At())
	if err != nil {
		return found, err
	}
	c.Reads(1, found.Spec.Position)
	return found, found.Ready(now)
}

func (s Services) openFile(c *endpoint.Call) (endpoint.File, error) {
	found, err := s.ready(c)
	if err != nil {
		return endpoint.File{}, err
	}
	name := c.Name("file")
	if name == exports.ManifestName {
		return manifestOf(found), nil
	}
	content, err := s.Exports.Open(c.Ledger.ID, found, name)
	if errors.Is(err, os.ErrNotExist) {
		return endpoint.File{}, fmt.Errorf("the files of export %s are in no directory of this server: the servers must share --export-dir: %w", found.ID, err)
	}
	if err != nil {
		return endpoint.File{}, err
	}
	file := endpoint.File{Content: content, Name: name}
	for _, known := range found.Files {
		if known.Name == name {
			file.Tag = known.SHA256
		}
	}
	return file, nil
}

func (s Services) openManifest(c *endpoint.Call) (endpoint.File, error) {
	found, err := s.ready(c)
	return manifestOf(found), err
}

func manifestOf(j exports.Job) endpoint.File {
	sum := sha256.Sum256(j.Manifest)
	return endpoint.File{Content: held{bytes.NewReader(j.Manifest)}, Name: exports.ManifestName, Tag: hex.EncodeToString(sum[:])}
}

// held is a file in memory.
type held struct{ io.ReadSeeker }

// Close has nothing to close.
func (held) Close() error { return nil }
