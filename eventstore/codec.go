package eventstore

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
)

// Codec turns facts into the bytes that are stored and back. It knows the events that the stream types declare and
// refuses all others: an unknown event is never skipped.
type Codec struct {
	streams map[string]domain.StreamType
	events  map[string]eventCodec
	met     atomic.Pointer[NewerReleaseError]
}

type eventCodec struct {
	domain.EventType
	// values holds pointers to zero values of the event, which are decoded into and copied.
	values *sync.Pool
}

// NewCodec makes a codec for these stream types and the ledger's clock, which the store itself reads. Two types or events
// of one name are an error.
func NewCodec(streamTypes ...domain.StreamType) (*Codec, error) {
	c := &Codec{streams: map[string]domain.StreamType{}, events: map[string]eventCodec{}}
	for _, streamType := range append([]domain.StreamType{clock.Type}, streamTypes...) {
		if _, taken := c.streams[streamType.Name]; taken {
			return nil, fmt.Errorf("stream type %s is declared twice", streamType.Name)
		}
		c.streams[streamType.Name] = streamType
		for _, eventType := range streamType.Events {
			name := eventType.Zero.EventType()
			if streamType.Snapshot != nil && (eventType.Private != nil || eventType.Erases) {
				return nil, fmt.Errorf("stream type %s can't have snapshots: %s has a private part or erases those of others", streamType.Name, name)
			}
			if _, taken := c.events[name]; taken {
				return nil, fmt.Errorf("event type %s is declared twice", name)
			}
			goType := reflect.TypeOf(eventType.Zero)
			c.events[name] = eventCodec{EventType: eventType, values: &sync.Pool{New: func() any { return reflect.New(goType).Interface() }}}
		}
	}
	return c, nil
}

// EventTypes lists the names of all events, sorted; a nil codec has none.
func (c *Codec) EventTypes() []string {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.events))
}

// Encode gives the canonical JSON of a fact without its private part, and the schema it is in: RFC 8785, sorted members and
// no white space, but for integers, which keep their digits where RFC 8785 would round them to what a float can hold.
func (c *Codec) Encode(fact domain.Event) (data []byte, schema int, err error) {
	encoded, err := c.encode(fact)
	return encoded.data, encoded.schema, err
}

// encode gives both parts. What is kept for ever is encoded once the other is taken out, so that no field can be in it by
// mistake.
func (c *Codec) encode(fact domain.Event) (encoded encodedFact, err error) {
	codec, known := c.events[fact.EventType()]
	if !known {
		return encoded, fmt.Errorf("event type %s is not declared by any stream type", fact.EventType())
	}
	encoded.schema, encoded.erases = codec.Schema(), codec.Erases
	public := fact
	if codec.Private != nil {
		var part any
		if public, part = codec.Private.Split(fact); part != nil {
			if encoded.private, err = canonical(part); err != nil {
				return encoded, fmt.Errorf("encode the private part of %s: %w", fact.EventType(), err)
			}
		}
	}
	if encoded.data, err = canonical(public); err != nil {
		return encoded, fmt.Errorf("encode %s: %w", fact.EventType(), err)
	}
	return encoded, nil
}

func canonical(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	text := jsontext.Value(data)
	err = text.Canonicalize(jsontext.CanonicalizeRawInts(false))
	return text, err
}

// Decode reads a stored fact, taking an older schema through its upcasts. It is lenient within a known type and schema
// (members that are no longer read are passed over). A type or schema that it does not know is a *NewerReleaseError.
func (c *Codec) Decode(eventType string, schema int, data []byte) (domain.Event, error) {
	codec, err := c.event([]byte(eventType), schema)
	if err != nil {
		return nil, err
	}
	return codec.decode(schema, data)
}

// decodeNext is Decode of the next of many values.
func (c *Codec) decodeNext(eventType []byte, schema int, values *jsontext.Decoder) (domain.Event, error) {
	codec, err := c.event(eventType, schema)
	if err != nil {
		return nil, err
	}
	if schema == codec.Schema() {
		return codec.read(func(event any) error { return json.UnmarshalDecode(values, event) })
	}
	data, err := values.ReadValue()
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", eventType, err)
	}
	return codec.decode(schema, slices.Clone(data))
}

// event finds how a type of event is read.
func (c *Codec) event(eventType []byte, schema int) (eventCodec, error) {
	codec, known := c.events[string(eventType)]
	if !known {
		return codec, newer(string(eventType), schema, fmt.Sprintf("event type %s", eventType))
	}
	if schema < 1 || schema > codec.Schema() {
		return codec, newer(string(eventType), schema, fmt.Sprintf("event type %s schema %d", eventType, schema))
	}
	return codec, nil
}

func (e eventCodec) decode(schema int, data []byte) (domain.Event, error) {
	for _, upcast := range e.Upcast[schema-1:] {
		var err error
		if data, err = upcast(data); err != nil {
			return nil, fmt.Errorf("upcast %s from schema %d: %w", e.Zero.EventType(), schema, err)
		}
		schema++
	}
	return e.read(func(event any) error { return json.Unmarshal(data, event) })
}

func (e eventCodec) read(decode func(event any) error) (domain.Event, error) {
	pointer := e.values.Get()
	value := reflect.ValueOf(pointer).Elem()
	defer func() {
		value.SetZero()
		e.values.Put(pointer)
	}()
	if err := decode(pointer); err != nil {
		return nil, fmt.Errorf("decode %s: %w", e.Zero.EventType(), err)
	}
	return value.Interface().(domain.Event), nil
}

// join puts a stored private part back into its fact. The error does not say what could not be read: it would be personal.
func (c *Codec) join(fact domain.Event, part []byte) (domain.Event, error) {
	codec := c.events[fact.EventType()]
	private := codec.Private
	if private == nil {
		return nil, newer(fact.EventType(), codec.Schema(), fmt.Sprintf("the private part of event type %s", fact.EventType()))
	}
	joined, err := private.Join(fact, func(into any) error { return json.Unmarshal(part, into) })
	if err != nil {
		return nil, fmt.Errorf("the private part of %s can't be decoded", fact.EventType())
	}
	return joined, nil
}

// streamType finds how to fold a stream.
func (c *Codec) streamType(stream domain.Stream) (domain.StreamType, error) {
	streamType, known := c.streams[stream.Type()]
	if !known {
		return domain.StreamType{}, fmt.Errorf("stream %s is of no declared type", stream)
	}
	return streamType, nil
}
