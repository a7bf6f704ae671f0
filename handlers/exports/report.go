package exports

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/projections/export"
	"github.com/tallystick/tallystick/projections/finance"
)

// KindBundle has all that an auditor verifies without the server.
const KindBundle Kind = "bundle"

// withReports adds the reports to the other kinds.
func withReports(kinds map[Kind]takes) map[Kind]takes {
	for _, r := range finance.Reports {
		of := takes{formats: []export.Format{export.FormatCSV, export.FormatParquet}, parts: reportParts(r)}
		if r.Name == finance.Journal {
			of.formats = append(of.formats, export.FormatHledger, export.FormatBeancount)
		}
		for _, name := range r.Takes {
			if slices.Contains([]string{finance.TakesFrom, finance.TakesTo, finance.TakesDate}, name) {
				of.dates = append(of.dates, name)
			}
		}
		kinds[Kind(r.Name)] = of
	}
	return kinds
}

// reportParts writes a report into a file of its name.
func reportParts(r finance.Report) func(Sources, eventstore.Ledger, Spec) ([]export.Part, error) {
	return func(from Sources, ledger eventstore.Ledger, s Spec) ([]export.Part, error) {
		p := finance.Params{Cut: s.Cut()}
		for _, given := range []struct {
			text string
			day  **journal.Day
		}{{s.From, &p.From}, {s.To, &p.To}, {s.Date, &p.Date}} {
			if given.text == "" {
				continue
			}
			parsed, err := journal.ParseDay(given.text)
			if err != nil {
				return nil, err
			}
			*given.day = &parsed
		}
		rows := r.Table(
			func(ctx context.Context, after string, limit int) (rows []finance.Row, err error) {
				_, err = from.Engine.Read(ctx, finance.Model.Name, ledger.ID, s.Position, func(ctx context.Context, tx pgx.Tx, _ int64) error {
					if p.Date == nil && slices.Contains(r.Takes, finance.TakesDate) {
						settings, err := finance.FindSettings(ctx, tx, ledger.ID)
						if err != nil {
							return err
						}
						p.Date = new(settings.Day(s.Time))
					}
					rows, err = r.Walk(ctx, tx, ledger.ID, p, after, limit)
					return err
				})
				return rows, err
			})
		rows.Ahead = true // each page is read in a transaction of its own
		part, err := export.PartOf(r.Name+"."+s.Format.Extension(), s.Format, rows)
		return []export.Part{part}, err
	}
}

// bundleParts writes the events, all checkpoints up to the one that covers them, the key that verifies these, and the journal.
func bundleParts(from Sources, ledger eventstore.Ledger, s Spec) ([]export.Part, error) {
	parts, err := eventParts(from, ledger, s)
	if err != nil {
		return nil, err
	}
	parts = append(parts, textPart("checkpoints.txt", func(ctx context.Context) (string, error) {
		log, last, err := covering(ctx, from, ledger, s.Position)
		if err != nil {
			return "", err
		}
		var text strings.Builder
		for size := int64(0); size < last.Size; {
			notes, err := log.After(ctx, size, eventsPage)
			if err != nil {
				return "", err
			}
			for _, note := range notes {
				if note.Size <= last.Size {
					text.WriteString(note.Note + "\n")
				}
			}
			size = notes[len(notes)-1].Size
		}
		return text.String(), nil
	}), textPart("key.txt", func(ctx context.Context) (string, error) {
		log, _, err := sealer.Open(ctx, from.Pool, ledger.ID)
		return strings.TrimRight(log.Vkeys, "\n") + "\n", err
	}))
	s.Format = export.FormatCSV
	books, _ := finance.Find(finance.Journal)
	written, err := reportParts(books)(from, ledger, s)
	return append(parts, written...), err
}

// textPart writes a short text.
func textPart(name string, text func(context.Context) (string, error)) export.Part {
	return export.Part{Name: name, Whole: true, Next: func(ctx context.Context, out io.Writer, _ string) (string, int64, error) {
		written, err := text(ctx)
		if err != nil {
			return "", 0, err
		}
		_, err = io.WriteString(out, written)
		return "", int64(strings.Count(written, "\n")), err
	}}
}

const (
	sealWait = 10 * time.Second
	sealPoll = 100 * time.Millisecond
)

// covering finds the smallest checkpoint that covers a position, and waits some seconds for the sealer. There is none where the
// ledger is not sealed.
func covering(ctx context.Context, from Sources, ledger eventstore.Ledger, position int64) (sealer.Log, sealer.Checkpoint, error) {
	for deadline := time.Now().Add(sealWait); ; {
		log, sealed, err := sealer.Open(ctx, from.Pool, ledger.ID)
		if err != nil || !sealed || position == 0 {
			return log, sealer.Checkpoint{}, err
		}
		found, ok, err := log.Covering(ctx, position)
		if err != nil || ok {
			return log, found, err
		}
		if log.Refusal() != "" || time.Now().After(deadline) {
			return log, sealer.Checkpoint{}, errNotSealed
		}
		select {
		case <-time.After(sealPoll):
		case <-ctx.Done():
			return log, sealer.Checkpoint{}, ctx.Err()
		}
	}
}
