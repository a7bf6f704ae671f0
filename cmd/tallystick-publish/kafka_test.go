package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

const kafkaPartitions = 3

// kafkaCluster is a Kafka in this process, with a store of its own.
type kafkaCluster struct {
	dir     string
	port    int
	cluster *kfake.Cluster
}

func newKafkaCluster(t *testing.T) cluster {
	c := &kafkaCluster{dir: t.TempDir(), port: freePort(t)}
	t.Cleanup(c.kill)
	return c
}

func (c *kafkaCluster) start(t *testing.T) {
	t.Helper()
	var err error
	c.cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(c.port), kfake.DataDir(c.dir), kfake.SeedTopics(kafkaPartitions, "tallystick"))
	if err != nil {
		t.Fatal(err)
	}
}

func (c *kafkaCluster) kill() { c.cluster.Close() }

func (c *kafkaCluster) address() string { return fmt.Sprint("127.0.0.1:", c.port) }

func (c *kafkaCluster) arguments() []string { return []string{"--kafka", c.address()} }

func (c *kafkaCluster) held(*testing.T) (n int64) {
	for _, p := range c.cluster.PartitionInfos("tallystick") {
		n += p.HighWatermark
	}
	return n
}

func (c *kafkaCluster) read(t *testing.T, ledger string) (bodies [][]byte) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.address()), kgo.ConsumeTopics("tallystick"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for n := c.held(t); int64(len(bodies)) < n; {
		polling, stop := context.WithTimeout(ctx, time.Minute)
		fetched := client.PollFetches(polling)
		stop()
		if ctx.Err() != nil {
			t.Fatalf("%d of %d records could be read", len(bodies), n)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			if string(r.Key) != ledger {
				t.Errorf("key %s", r.Key)
			}
			bodies = append(bodies, r.Value)
		})
	}
	return bodies
}
