package eventstore_test

import (
	"bytes"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

type renamed struct {
	Colour string `json:"colour"`
	Size   int    `json:"size"`
	Note   string `json:"a_note"`
}

func (renamed) EventType() string { return "box.renamed.v1" }

// renamedType has had three shapes: {"color"}, {"colour"}, and today's with a size.
var renamedType = domain.EventType{Zero: renamed{}, Upcast: []func([]byte) ([]byte, error){
	func(data []byte) ([]byte, error) {
		return bytes.ReplaceAll(data, []byte(`"color"`), []byte(`"colour"`)), nil
	},
	func(data []byte) ([]byte, error) {
		return append(bytes.TrimSuffix(data, []byte("}")), `,"size":7}`...), nil
	},
}}

func newCodec(t *testing.T) *eventstore.Codec {
	t.Helper()
	codec, err := eventstore.NewCodec(domain.NewStreamType[domain.Event]("box", evolveBox, ballPut{}, renamed{}).With(renamedType))
	if err != nil {
		t.Fatal(err)
	}
	return codec
}

func TestEncodingIsCanonical(t *testing.T) {
	t.Parallel()
	data, schema, err := newCodec(t).Encode(renamed{Colour: "é\u2028<&>", Size: 1<<63 - 1, Note: "n"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "{\"a_note\":\"n\",\"colour\":\"é\u2028<&>\",\"size\":9223372036854775807}"; string(data) != want || schema != 3 {
		t.Errorf("schema %d: %s, want %s", schema, data, want)
	}
}

// careless keeps no tag from writing its private part into what stays for ever.
type careless struct {
	Secret *note `json:"secret"`
}

func (careless) EventType() string { return "box.careless.v1" }

func TestThePrivatePartIsTakenOut(t *testing.T) {
	t.Parallel()
	codec, err := eventstore.NewCodec(domain.NewStreamType[domain.Event]("box", evolveBox, careless{}).With(domain.EventType{
		Zero: careless{}, Private: domain.PrivateIn(func(e *careless) **note { return &e.Secret }),
	}))
	if err != nil {
		t.Fatal(err)
	}
	fact := careless{Secret: &note{To: "ada", Text: "hello"}}
	data, _, err := codec.Encode(fact)
	if err != nil || string(data) != `{"secret":null}` || *fact.Secret != (note{"ada", "hello"}) {
		t.Errorf("encoded as %s, %v, and left as %+v", data, err, fact)
	}
}

func TestOldShapesAreUpcast(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for schema, data := range map[int]string{
		1: `{"color":"red"}`,
		2: `{"colour":"red"}`,
		3: `{"colour":"red","size":7,"gone":"since"}`,
	} {
		fact, err := codec.Decode("box.renamed.v1", schema, []byte(data))
		if err != nil || fact != (renamed{Colour: "red", Size: 7}) {
			t.Errorf("schema %d: %+v, %v", schema, fact, err)
		}
	}
}

func TestWhatIsUnknownIsRefused(t *testing.T) {
	t.Parallel()
	codec := newCodec(t)
	for name, decode := range map[string]func() error{
		"type":         func() error { _, err := codec.Decode("box.stolen.v1", 1, []byte(`{}`)); return err },
		"newer schema": func() error { _, err := codec.Decode("box.renamed.v1", 4, []byte(`{}`)); return err },
		"schema 0":     func() error { _, err := codec.Decode("box.renamed.v1", 0, []byte(`{}`)); return err },
		"wrong kind":   func() error { _, err := codec.Decode("box.ball_put.v1", 1, []byte(`{"ball":1}`)); return err },
		"not JSON":     func() error { _, err := codec.Decode("box.ball_put.v1", 1, []byte(`{`)); return err },
		"undeclared":   func() error { _, _, err := codec.Encode(ballTaken{"x"}); return err },
	} {
		if decode() == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := eventstore.NewCodec(boxType, boxType); err == nil {
		t.Error("a stream type was declared twice")
	}
}
