// Command tallystick-publish follows the logs of ledgers and publishes their events to a broker, NATS JetStream or Kafka, for
// consumers beyond the database.
//
// It knows the server by its public API alone: it reads GET /v1/events?follow=true with an auditor's key. Each event becomes a
// CloudEvent 1.0 in structured JSON, without its private part. The events of a ledger keep their order: on JetStream under
// the subject tallystick.<ledger>.<stream type>, on Kafka under the ledger's id as the key. Each is published at least once, and
// under its own id, by which the broker or the consumer drops repeats.
//
// The program owns no state that matters. Where it goes on it asks the broker, whose newest event of a ledger names its position.
// A directory given by --state remembers the position where a broker forgets what it delivered.
//
// It is a module of its own, so that the clients of brokers weigh on nobody else.
package main
