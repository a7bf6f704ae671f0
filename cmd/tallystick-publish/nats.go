package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	watermillnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// natsSubjects are all that the program publishes under: a ledger's id and the type of a stream follow.
	natsSubjects = "tallystick.*.*"
	// natsDuplicates is for how long JetStream drops a repeat of an event. A repeat comes when an answer was lost, and soon.
	natsDuplicates = 10 * time.Minute
	natsTimeout    = 10 * time.Second
)

// natsBroker publishes to JetStream.
type natsBroker struct {
	publisher *watermillnats.Publisher
	stream    jetstream.Stream
}

// openNATS connects, and makes the stream where there is none. It leaves the settings of one that is there.
func openNATS(url, name string, log *slog.Logger) (broker, error) {
	conn, err := nats.Connect(url, nats.Name("tallystick-publish"), nats.Timeout(natsTimeout), nats.NoReconnect())
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	b, err := newNATS(conn, name, log)
	if err != nil {
		conn.Close()
	}
	return b, err
}

func newNATS(conn *nats.Conn, name string, log *slog.Logger) (*natsBroker, error) {
	ctx, cancel := context.WithTimeout(context.Background(), natsTimeout)
	defer cancel()
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("speak to JetStream: %w", err)
	}
	stream, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = js.CreateStream(ctx, jetstream.StreamConfig{Name: name, Subjects: []string{natsSubjects}, Duplicates: natsDuplicates})
	}
	if err != nil {
		return nil, fmt.Errorf("find the stream %s: %w", name, err)
	}
	publisher, err := watermillnats.NewPublisherWithNatsConn(conn, watermillnats.PublisherPublishConfig{
		Marshaler: &watermillnats.NATSMarshaler{},
		JetStream: watermillnats.JetStreamConfig{TrackMsgId: true, ConnectOptions: []nats.JSOpt{nats.MaxWait(natsTimeout)}},
		// A topic is a subject already.
		SubjectCalculator: watermillnats.DefaultSubjectCalculator,
	}, watermill.NewSlogLogger(log))
	if err != nil {
		return nil, fmt.Errorf("publish to JetStream: %w", err)
	}
	return &natsBroker{publisher, stream}, nil
}

func (b *natsBroker) publish(_ context.Context, ledger, streamType string, m *message.Message) error {
	return b.publisher.Publish("tallystick."+ledger+"."+streamType, m)
}

func (b *natsBroker) last(ctx context.Context, ledger string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, natsTimeout)
	defer cancel()
	found, err := b.stream.GetLastMsgForSubject(ctx, "tallystick."+ledger+".*")
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask JetStream for the newest event: %w", err)
	}
	return found.Data, nil
}

func (b *natsBroker) close() error { return b.publisher.Close() }
