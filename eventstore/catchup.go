package eventstore

import (
	"context"

	"github.com/tallystick/tallystick/domain"
)

// catchUpMax bounds the events that the executor reads of one stream while others wait.
const catchUpMax = 1_000

// catchUp reads what was appended to the commands' streams since they were folded. Commands on a stream that moved very
// far go back to their callers, who read it without keeping others waiting.
func (x *executor) catchUp(ctx context.Context, db Querier, commands []*pending) ([]*pending, error) {
	known := map[domain.Stream]folded{}
	for _, p := range commands {
		for i, stream := range p.streams {
			held := p.loaded[i]
			if cached, ok := x.store.states.get(streamKey{x.ledger.ID, stream}); ok && cached.version > held.version {
				held = cached
			}
			if held.version >= known[stream].version {
				known[stream] = held
			}
		}
	}
	far, err := x.readOn(ctx, db, known)
	if err != nil {
		return commands, err
	}
	var rest []*pending
	for _, p := range commands {
		if p.standsOnAny(far) {
			p.done <- result{reload: true}
			continue
		}
		for i, stream := range p.streams {
			p.loaded[i] = known[stream]
		}
		rest = append(rest, p)
	}
	return rest, nil
}

// readOn brings the known states to the present in one round trip, and names the streams that it left behind.
func (x *executor) readOn(ctx context.Context, db Querier, known map[domain.Stream]folded) (far map[domain.Stream]bool, err error) {
	streams := make([]string, 0, len(known))
	versions := make([]int64, 0, len(known))
	for stream, held := range known {
		streams = append(streams, string(stream))
		versions = append(versions, held.version)
	}
	events, err := x.store.codec.query(ctx, db, `
		SELECT `+eventColumns+`
		FROM unnest($2::text[], $3::bigint[]) AS s (stream, version)
		CROSS JOIN LATERAL (
			SELECT *
			FROM tallystick.events e
			WHERE e.ledger_id = $1 AND e.stream = s.stream AND e.version > s.version AND e.version > 0
			ORDER BY e.version
			LIMIT $4
		) AS e`+privateOf+`
		ORDER BY e.stream, e.version`, [16]byte(x.ledger.ID), streams, versions, catchUpMax)
	if err != nil {
		return nil, err
	}
	count := map[domain.Stream]int{}
	for _, event := range events {
		streamType, err := x.store.codec.streamType(event.Stream)
		if err != nil {
			return nil, err
		}
		known[event.Stream] = fold(streamType, known[event.Stream], []Event{event})
		count[event.Stream]++
	}
	far = map[domain.Stream]bool{}
	for stream, n := range count {
		x.store.states.put(streamKey{x.ledger.ID, stream}, known[stream])
		if n == catchUpMax {
			far[stream] = true
		}
	}
	return far, nil
}

func (p *pending) standsOnAny(streams map[domain.Stream]bool) bool {
	for _, stream := range p.streams {
		if streams[stream] {
			return true
		}
	}
	return false
}
