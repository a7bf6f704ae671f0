package eventstore

import "context"

// flight is a batch on its way to the database.
type flight struct {
	batch      *batch
	components []int32
	reply      appendReply
	err        error
	landed     chan struct{} // closed once reply and err are there
}

// takeOff sends a batch without waiting for its reply.
func (x *executor) takeOff(b *batch) *flight {
	f := &flight{batch: b, landed: make(chan struct{})}
	var request *appendRequest
	request, f.components = b.request()
	go func() {
		defer close(f.landed)
		ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
		defer cancel()
		f.reply, f.err = request.send(ctx, x.store.pool)
	}()
	return f
}

// land waits for a batch and brings its commands to an end. It reports whether all of the batch was appended as it was
// foreseen; if not, what was decided on it must be decided again.
func (x *executor) land(f *flight) bool {
	<-f.landed
	commands := f.batch.waiting()
	for _, p := range commands {
		p.sent = p.sent || !neverSent(f.err)
	}
	if f.err != nil {
		x.work(commands, 0)
		return false
	}
	again, tail := f.batch.settle(f.reply, f.components)
	if tail > f.reply.tail {
		x.store.appended(x.ledger, tail)
	}
	if len(again) > 0 {
		x.decideAgain(again)
	}
	return len(f.reply.refused) == 0 && len(f.reply.hits) == 0
}

// decideAgain brings commands to an end that lost against another process, after reading what that process wrote.
func (x *executor) decideAgain(commands []*pending) {
	ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
	defer cancel()
	if rest, err := x.catchUp(ctx, x.store.pool, commands); err == nil {
		commands = rest
	}
	x.work(commands, 1)
}
