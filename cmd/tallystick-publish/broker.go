package main

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
)

// broker takes events. After an error of one of its methods it is closed, and opened anew.
type broker interface {
	// publish returns once the broker has the event of a ledger for good. A second one with the id of the message may be dropped.
	publish(ctx context.Context, ledger, streamType string, m *message.Message) error
	// last gives the newest event of a ledger that the broker has, nil where it has none.
	last(ctx context.Context, ledger string) (body []byte, err error)
	close() error
}
