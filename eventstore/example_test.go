package eventstore_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// A stream type is a state, its events with their folds, and a name.

type door struct{ Open bool }

func (door) Size() int { return 1 }

type doorFact interface {
	domain.Event
	evolve(door) door
}

type opened struct {
	By string `json:"by"`
}

func (opened) EventType() string { return "door.opened.v1" }
func (opened) evolve(door) door  { return door{Open: true} }

func evolveDoor(d door, event domain.Event) door { return domain.Fold(d, event, doorFact.evolve) }

var doorType = domain.NewStreamType[doorFact]("door", evolveDoor, opened{})

// open is a command: it looks at the state, and refuses or appends.
func open(stream domain.Stream, by string) eventstore.Command {
	id := uuid.Must(uuid.NewV7())
	return eventstore.Command{
		ID: id, Actor: by, Correlation: id.String(), Resource: stream, Writes: []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (eventstore.Answer, error) {
			if eventstore.StateOf[door](d, stream).Open {
				return eventstore.Answer{}, domain.Conflict("door_open", "the door is open already")
			}
			d.Append(stream, opened{By: by})
			return eventstore.Answer{Status: 200, Body: []byte(`{"open":true}`)}, nil
		},
	}
}

// A command is decided on the state of its stream, and what it appends is there when it is answered.
func Example() {
	ctx, url := context.Background(), exampleDatabase()
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		log.Fatal(err)
	}
	defer admin.Close(ctx)
	ledger, err := eventstore.CreateLedger(ctx, admin, "example", eventstore.ModeLive, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	codec, err := eventstore.NewCodec(doorType)
	if err != nil {
		log.Fatal(err)
	}
	pool, err := eventstore.Connect(ctx, url, eventstore.PoolOptions{Name: "example", Connections: 4, Role: pgtest.AppRole})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store, err := eventstore.New(pool, codec, eventstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	outcome, err := store.Execute(ctx, ledger, open("door:front", "ada"))
	fmt.Println(outcome.Status, string(outcome.Body), outcome.Version, err)
	_, err = store.Execute(ctx, ledger, open("door:front", "bob"))
	fmt.Println(err)

	events, err := codec.Stream(ctx, pool, ledger.ID, "door:front", 0, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range events {
		fmt.Println(e.Position, e.Stream, e.Version, e.Type, string(e.Data))
	}
	// Output:
	// 200 {"open":true} 1 <nil>
	// door_open: the door is open already
	// 1 door:front 1 door.opened.v1 {"by":"ada"}
}
