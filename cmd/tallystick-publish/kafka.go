package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	watermillkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
)

const (
	// kafkaLedger is the metadata of a message that names its ledger, by which it is partitioned.
	kafkaLedger = "ledger"
	// kafkaTimeout bounds each request.
	kafkaTimeout = 10 * time.Second
	// kafkaMessageMax is more than any event has; the cluster's own limit decides.
	kafkaMessageMax = 64 << 20
	// kafkaLookFirst is how many of a partition's newest records are read at first to find a ledger's newest event.
	kafkaLookFirst = 100
)

// kafkaBroker publishes to Kafka. All events of a ledger go to one partition.
type kafkaBroker struct {
	topic     string
	client    sarama.Client
	publisher *watermillkafka.Publisher
}

// kafkaConfig has the producer keep the order, and repeat what may be lost without doubling it.
func kafkaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	config.ClientID = "tallystick-publish"
	config.Net.MaxOpenRequests = 1
	config.Net.DialTimeout, config.Net.ReadTimeout, config.Net.WriteTimeout = kafkaTimeout, kafkaTimeout, kafkaTimeout
	config.Metadata.AllowAutoTopicCreation = true
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.MaxMessageBytes = kafkaMessageMax
	config.Producer.Partitioner = sarama.NewHashPartitioner
	config.Consumer.Return.Errors = true
	return config
}

func openKafka(brokers []string, topic string, log *slog.Logger) (broker, error) {
	config := kafkaConfig()
	client, err := sarama.NewClient(brokers, config)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	publisher, err := watermillkafka.NewPublisher(watermillkafka.PublisherConfig{
		Brokers: brokers, OverwriteSaramaConfig: config,
		Marshaler: watermillkafka.NewWithPartitioningMarshaler(func(_ string, m *message.Message) (string, error) {
			return m.Metadata.Get(kafkaLedger), nil
		}),
	}, watermill.NewSlogLogger(log))
	if err != nil {
		_ = client.Close()
		return nil, fmt.Errorf("connect to Kafka: %w", err)
	}
	return &kafkaBroker{topic: topic, client: client, publisher: publisher}, nil
}

func (b *kafkaBroker) publish(_ context.Context, ledger, _ string, m *message.Message) error {
	m.Metadata.Set(kafkaLedger, ledger)
	return b.publisher.Publish(b.topic, m)
}

func (b *kafkaBroker) close() error { return errors.Join(b.publisher.Close(), b.client.Close()) }

// last reads a ledger's partition from its end, further and further back, until it finds an event of the ledger.
func (b *kafkaBroker) last(ctx context.Context, ledger string) ([]byte, error) {
	partition, err := b.partition(ledger)
	if err != nil {
		return nil, err
	}
	oldest, err := b.client.GetOffset(b.topic, partition, sarama.OffsetOldest)
	if err != nil {
		return nil, fmt.Errorf("ask Kafka where %s begins: %w", b.topic, err)
	}
	end, err := b.client.GetOffset(b.topic, partition, sarama.OffsetNewest)
	if err != nil {
		return nil, fmt.Errorf("ask Kafka where %s ends: %w", b.topic, err)
	}
	for look := int64(kafkaLookFirst); end > oldest; look *= 10 {
		begin := max(oldest, end-look)
		body, err := b.newest(ctx, partition, begin, end, ledger)
		if err != nil || body != nil {
			return body, err
		}
		end = begin
	}
	return nil, nil
}

// partition tells where the events of a ledger go, as the producer finds it.
func (b *kafkaBroker) partition(ledger string) (int32, error) {
	partitions, err := b.client.Partitions(b.topic)
	if err != nil {
		return 0, fmt.Errorf("find the topic %s: %w", b.topic, err)
	}
	key := &sarama.ProducerMessage{Topic: b.topic, Key: sarama.StringEncoder(ledger)}
	return sarama.NewHashPartitioner(b.topic).Partition(key, int32(len(partitions)))
}

// newest reads a range of a partition, and gives the newest event of a ledger in it, nil for none.
func (b *kafkaBroker) newest(ctx context.Context, partition int32, begin, end int64, ledger string) (body []byte, err error) {
	consumer, err := sarama.NewConsumerFromClient(b.client)
	if err != nil {
		return nil, fmt.Errorf("read from Kafka: %w", err)
	}
	defer consumer.Close()
	reading, err := consumer.ConsumePartition(b.topic, partition, begin)
	if err != nil {
		return nil, fmt.Errorf("read from Kafka: %w", err)
	}
	defer reading.AsyncClose()
	patience := time.NewTimer(kafkaTimeout)
	defer patience.Stop()
	for {
		select {
		case read := <-reading.Messages():
			if string(read.Key) == ledger {
				body = read.Value
			}
			if read.Offset >= end-1 {
				return body, nil
			}
			patience.Reset(kafkaTimeout)
		case failed := <-reading.Errors():
			return nil, fmt.Errorf("read from Kafka: %w", failed.Err)
		case <-patience.C:
			// The offsets at the end may belong to no record, as those of transactions do.
			return body, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
