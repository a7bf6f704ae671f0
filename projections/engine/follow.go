package engine

import "context"

// FollowConnections counts the connections that an engine needs which only follows: one to listen, one to tell others.
const FollowConnections = 2

// Follow does for queries what Run does, but leaves the read models to other processes. Call Prepare first.
func (e *Engine) Follow(ctx context.Context) error {
	e.follows.Store(true)
	e.lookAfter(ctx, func() (unsettled bool, err error) { return e.follow(ctx) })
	return nil
}

// follow lets queries go on that waited for a version, and looks how far those are that others fill.
func (e *Engine) follow(ctx context.Context) (unsettled bool, err error) {
	all, err := e.versions(ctx)
	if err != nil {
		return false, err
	}
	return e.settleAll(ctx, all, func(v version) (ready bool, err error) {
		_, s, err := e.lookAt(ctx, v)
		return s.ready, err
	})
}
