package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Fill waits until each read model has a ready version of this program's revision. Run must be running somewhere.
func (e *Engine) Fill(ctx context.Context, report func(name string, progress Progress)) error {
	for _, p := range e.projections {
		all, err := e.versions(ctx)
		if err != nil {
			return err
		}
		v, fills := p.filling(all)
		if !fills {
			continue
		}
		if err := e.watch(ctx, v, func(progress Progress) { report(p.Name, progress) }); err != nil {
			return err
		}
	}
	return nil
}

// DropOlder removes the versions that are older than those of the release before this one, and names them. A read model's
// former name counts as its beginning. Nothing is dropped of a model that this release can't serve yet.
func (e *Engine) DropOlder(ctx context.Context) (dropped []string, err error) {
	older, err := e.olderVersions(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range older {
		err := pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
			if err := lockProjection(ctx, tx, v.projection); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, lockPagesExclusive, v.String()); err != nil {
				return err
			}
			return e.drop(ctx, tx, v)
		})
		if err != nil {
			return dropped, fmt.Errorf("drop %s: %w", v, err)
		}
		dropped = append(dropped, v.String())
	}
	signal(e.changed)
	return dropped, nil
}

// Older names the versions that DropOlder would remove.
func (e *Engine) Older(ctx context.Context) (names []string, err error) {
	older, err := e.olderVersions(ctx)
	for _, v := range older {
		names = append(names, v.String())
	}
	return names, err
}

func (e *Engine) olderVersions(ctx context.Context) (older []version, err error) {
	all, err := e.versions(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range e.projections {
		older = append(older, p.older(all)...)
	}
	return older, nil
}

// Unready names the read models of which this program has no version that may answer queries.
func (e *Engine) Unready(ctx context.Context) (names []string, err error) {
	all, err := e.versions(ctx)
	for _, p := range e.projections {
		if _, ok := p.serving(all); !ok {
			names = append(names, p.Name)
		}
	}
	return names, err
}

// older finds the versions that neither this release nor the one before it reads.
func (p Projection) older(all []version) []version {
	var line []version // from the oldest to the one that serves
	for _, name := range []string{p.Formerly, p.Name} {
		for _, v := range all {
			if v.projection == name && v.status != StatusDropped {
				line = append(line, v)
			}
		}
	}
	serving, ok := p.serving(all)
	if !ok {
		return nil
	}
	own, before := false, false
	for i := len(line) - 1; i >= 0; i-- {
		switch v := line[i]; {
		case v == serving:
			own = true
		case own && before:
			return line[:i+1]
		case own && v.ready && (v.projection != p.Name || v.revision != p.Revision):
			before = true
		}
	}
	return nil
}
