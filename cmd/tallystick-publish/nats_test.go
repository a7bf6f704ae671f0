package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// natsCluster is a NATS server in this process, with a store of its own.
type natsCluster struct {
	dir    string
	port   int
	server *server.Server
}

func newNATSCluster(t *testing.T) cluster {
	c := &natsCluster{dir: t.TempDir(), port: freePort(t)}
	t.Cleanup(c.kill)
	return c
}

func (c *natsCluster) start(t *testing.T) {
	t.Helper()
	var err error
	c.server, err = server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: c.port, JetStream: true, StoreDir: c.dir, NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.server.Start()
	if !c.server.ReadyForConnections(patience) {
		t.Fatal("NATS does not start")
	}
}

func (c *natsCluster) kill() {
	c.server.Shutdown()
	c.server.WaitForShutdown()
}

func (c *natsCluster) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", c.port) }

func (c *natsCluster) arguments() []string { return []string{"--nats", c.url()} }

// stream is nil while there is none.
func (c *natsCluster) stream(t *testing.T) (jetstream.Stream, func()) {
	t.Helper()
	conn, err := nats.Connect(c.url())
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "TALLYSTICK")
	if err != nil {
		stream = nil
	}
	return stream, conn.Close
}

func (c *natsCluster) held(t *testing.T) int64 {
	t.Helper()
	stream, done := c.stream(t)
	defer done()
	if stream == nil {
		return 0
	}
	info, err := stream.Info(t.Context())
	if err != nil {
		return 0
	}
	return int64(info.State.Msgs)
}

func (c *natsCluster) read(t *testing.T, ledger string) (bodies [][]byte) {
	t.Helper()
	stream, done := c.stream(t)
	defer done()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"tallystick." + ledger + ".>"}})
	if err != nil {
		t.Fatal(err)
	}
	n := c.held(t)
	for int64(len(bodies)) < n {
		batch, err := consumer.Fetch(min(1_000, int(n)-len(bodies)))
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			bodies = append(bodies, m.Data())
		}
		if batch.Error() != nil {
			t.Fatal(batch.Error())
		}
	}
	return bodies
}
