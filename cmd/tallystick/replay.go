package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/events"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/words"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type replayCommand struct {
	house.Config

	Ledger    string          `help:"The ledger to replay." default:"default" predictor:"ledger"`
	Stream    string          `help:"Only this stream's events, such as subscription:acme." predictor:"stream"`
	Type      string          `help:"Only this type of event, or with .* at the end all that begin so, such as invoice.*."`
	Workspace string          `help:"Only this workspace's events."`
	From      eventstore.AsOf `help:"The first position, or the first time at which events took effect." placeholder:"POSITION|TIME"`
	To        eventstore.AsOf `help:"The last position, or the time before which events took effect." placeholder:"POSITION|TIME"`
	Follow    bool            `help:"Go on with what happens from now on, until it is stopped."`
	AsOf      eventstore.AsOf `help:"Show what the events of --stream add up to, as of a position or a time." placeholder:"POSITION|TIME"`
	JSON      bool            `help:"Print the events as JSON, one a line, as GET /v1/events does."`
}

// Help shows examples.
func (replayCommand) Help() string {
	return "Examples:\n\n    tallystick replay --workspace acme\n    tallystick replay --type invoice.* --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z\n" +
		"    tallystick replay --follow --json\n    tallystick replay --stream subscription:acme --as-of 2026-01-31T12:00:00Z"
}

// Validate refuses what can't be found or does not go together.
func (r replayCommand) Validate() error {
	position, _ := r.To.At()
	switch {
	case r.Stream != "" && !endpoint.ValidStream(r.Stream):
		return fmt.Errorf("%q is no stream: a stream is type:part or type:part:part, such as subscription:acme", r.Stream)
	case r.Workspace != "" && !domain.ValidName(r.Workspace):
		return fmt.Errorf("%q is no workspace: a name is %s", r.Workspace, domain.NameRule)
	case !r.AsOf.IsZero() && r.Stream == "":
		return errors.New("--as-of shows the state of one stream: give --stream too")
	case !r.AsOf.IsZero() && (r.Type != "" || r.Workspace != "" || !r.From.IsZero() || !r.To.IsZero() || r.Follow):
		return errors.New("--as-of goes with --stream alone")
	case r.Follow && !r.To.IsZero() && position == nil:
		return errors.New("--follow does not go with a time in --to: what comes may take effect before it at any time")
	}
	return nil
}

// Run prints history, or what a stream's history adds up to.
func (r replayCommand) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.Look(ctx, c, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, r.Ledger)
		if err != nil {
			return err
		}
		if r.Type != "" && !slices.ContainsFunc(h.Codec.EventTypes(), func(name string) bool { return events.HasType(name, r.Type) }) {
			return fmt.Errorf("there is no type of event %s; there are %s", r.Type, strings.Join(h.Codec.EventTypes(), ", "))
		}
		if !r.AsOf.IsZero() {
			return r.printState(ctx, h, ledger, std)
		}
		out := bufio.NewWriterSize(std.Out, 64<<10)
		err = r.replay(ctx, h, ledger, out)
		return errors.Join(err, out.Flush())
	})
}

// printState prints the state of the stream as of --as-of.
func (r replayCommand) printState(ctx context.Context, h *house.House, ledger eventstore.Ledger, std house.Streams) error {
	cut, err := cutOf(ctx, h.Queries, ledger, r.AsOf)
	if err != nil {
		return err
	}
	if h.Codec.HasPrivate(domain.Stream(r.Stream)) {
		if err := h.Record(ctx, ledger, "replay", min(cut.Position, 1), cut.Position); err != nil {
			return err
		}
	}
	shown, err := events.Log{Codec: h.Codec, Pool: h.Queries}.StateAt(ctx, h.Queries, ledger, domain.Stream(r.Stream), cut)
	if err != nil {
		return err
	}
	return house.PrintJSON(std, shown)
}

// cutOf finds what --as-of asks for.
func cutOf(ctx context.Context, db eventstore.Querier, ledger eventstore.Ledger, asked eventstore.AsOf) (eventstore.Cut, error) {
	tail, err := eventstore.Tail(ctx, db, ledger.ID)
	if err != nil {
		return eventstore.Cut{}, err
	}
	now, err := ledger.ClockAt(ctx, db, tail, time.Now())
	if err != nil {
		return eventstore.Cut{}, err
	}
	return asked.Cut(ctx, db, ledger, tail, now)
}

const (
	replayPage = 1_000
	// replayPoll is how often --follow asks for what is new.
	replayPoll = 250 * time.Millisecond
)

// replay prints page after page up to the tail, or with --follow for as long as it may.
func (r replayCommand) replay(ctx context.Context, h *house.House, ledger eventstore.Ledger, out *bufio.Writer) error {
	var after int64
	if first, _ := r.From.At(); first != nil {
		after = max(*first, 1) - 1
	}
	for {
		page, err := h.Codec.After(ctx, h.Queries, ledger.ID, after, eventstore.Filter{Stream: domain.Stream(r.Stream), Type: r.Type}, replayPage)
		if err != nil {
			return err
		}
		more := len(page) == replayPage
		if len(page) > 0 {
			after = page[len(page)-1].Position
		}
		chosen, ended, err := r.choose(ctx, h, ledger, page)
		if err != nil {
			return err
		}
		if err := r.record(ctx, h, ledger, chosen); err != nil {
			return err
		}
		for _, e := range chosen {
			if err := r.print(out, e); err != nil {
				return err
			}
		}
		if last, _ := r.To.At(); ended || !more && (!r.Follow || last != nil && after >= *last) {
			return nil
		}
		if more {
			continue
		}
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-time.After(replayPoll):
		case <-ctx.Done():
			return nil
		}
	}
}

// record keeps that private parts of events are printed. Words have none.
func (r replayCommand) record(ctx context.Context, h *house.House, ledger eventstore.Ledger, chosen []eventstore.Event) error {
	first := slices.IndexFunc(chosen, func(e eventstore.Event) bool { return e.Private != nil })
	if !r.JSON || first < 0 {
		return nil
	}
	return h.Record(ctx, ledger, "replay", chosen[first].Position, chosen[len(chosen)-1].Position)
}

// choose gives the events of a page that the other flags ask for, and tells whether there can be no more of them.
func (r replayCommand) choose(ctx context.Context, h *house.House, ledger eventstore.Ledger, page []eventstore.Event) (chosen []eventstore.Event, ended bool, err error) {
	var ofWorkspace []int64
	if r.Workspace != "" && len(page) > 0 {
		ofWorkspace, err = eventstore.OfWorkspace(ctx, h.Queries, ledger.ID, r.Workspace, page[0].Position, page[len(page)-1].Position)
		if err != nil {
			return nil, false, err
		}
	}
	_, begin := r.From.At()
	last, end := r.To.At()
	for _, e := range page {
		if last != nil && e.Position > *last {
			return chosen, true, nil
		}
		_, found := slices.BinarySearch(ofWorkspace, e.Position)
		switch {
		case begin != nil && e.EffectiveAt.Before(*begin), end != nil && !e.EffectiveAt.Before(*end), r.Workspace != "" && !found:
		default:
			chosen = append(chosen, e)
		}
	}
	return chosen, false, nil
}

// print writes an event on a line of its own.
func (r replayCommand) print(out io.Writer, e eventstore.Event) error {
	if r.JSON {
		if err := json.MarshalWrite(out, view.EventOf(e), json.Deterministic(true)); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out)
		return err
	}
	said := strings.Fields(words.Of(e.Fact))
	if e.PrivateHash != nil && e.Private == nil {
		said = append(said, "(erased)")
	}
	_, err := fmt.Fprintf(out, "%d  %s  %s  %d  %s  %s\n",
		e.Position, house.PrintTime(&e.EffectiveAt), e.Stream, e.Version, e.Type, strings.Join(said, " "))
	return err
}
