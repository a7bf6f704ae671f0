package command_test

import (
	jsonv1 "encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// Whatever an event holds, it is read back from the bytes that are stored of it.
func TestEveryEventDecodesToItself(t *testing.T) {
	t.Parallel()
	codec, err := eventstore.NewCodec(command.StreamTypes()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, streamType := range append(command.StreamTypes(), clock.Type) {
		for _, eventType := range streamType.Events {
			name := eventType.Zero.EventType()
			t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
				fact := drawn(t, reflect.TypeOf(eventType.Zero), name).Interface().(domain.Event)
				data, schema, err := codec.Encode(fact)
				if err != nil {
					t.Fatalf("%+v: %v", fact, err)
				}
				again, err := codec.Decode(name, schema, data)
				if err == nil && eventType.Private != nil {
					again, err = rejoined(eventType.Private, fact, again)
				}
				if err != nil {
					t.Fatalf("%s: %v", data, err)
				}
				if diff := cmp.Diff(fact, again, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("%s came back as another:\n%s", data, diff)
				}
			}))
		}
	}
}

// rejoined puts the private part of a fact into what was read of the rest.
func rejoined(private *domain.Private, fact, public domain.Event) (domain.Event, error) {
	_, part := private.Split(fact)
	if part == nil {
		return public, nil
	}
	data, err := json.Marshal(part)
	if err != nil {
		return nil, err
	}
	return private.Join(public, func(into any) error { return json.Unmarshal(data, into) })
}

// drawers draw values of the types that are more than their kind.
var drawers = map[reflect.Type]func(t *rapid.T, label string) any{
	reflect.TypeFor[time.Time](): func(t *rapid.T, label string) any { return drawTime(t, label) },
	reflect.TypeFor[money.Currency](): func(t *rapid.T, label string) any {
		return rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY", "KWD"}).Draw(t, label)
	},
	reflect.TypeFor[money.Amount](): func(t *rapid.T, label string) any {
		// Sums of many of the largest are larger than those.
		digits := rapid.StringMatching(`0|-?[1-9][0-9]{0,24}`).Draw(t, label)
		amount, err := money.ParseStored(rapid.SampledFrom([]money.Currency{"USD", "EUR", "JPY", "KWD"}).Draw(t, label), digits)
		if err != nil {
			t.Fatal(err)
		}
		return amount
	},
	reflect.TypeFor[jsonv1.RawMessage](): func(t *rapid.T, label string) any {
		text := rapid.SampledFrom([]string{`true`, `null`, `-12`, `12345678901234567890`, `1.5`, `"ü\u0000"`, `{"a":[1,{}]}`}).Draw(t, label)
		return jsonv1.RawMessage(text)
	},
	reflect.TypeFor[period.Date](): func(t *rapid.T, label string) any { return period.DateIn(drawTime(t, label), time.UTC) },
	reflect.TypeFor[journal.Month](): func(t *rapid.T, label string) any {
		return journal.DayIn(drawTime(t, label), time.UTC).Month()
	},
	reflect.TypeFor[period.TimeOfDay](): func(t *rapid.T, label string) any {
		return period.TimeOfDayIn(drawTime(t, label), time.UTC)
	},
}

// drawTime draws a time as the program cuts it.
func drawTime(t *rapid.T, label string) time.Time {
	return time.UnixMicro(rapid.Int64Range(0, 7_289_654_399_999_999).Draw(t, label)).UTC()
}

// drawn draws a value of a type.
func drawn(t *rapid.T, of reflect.Type, label string) reflect.Value {
	if draw, special := drawers[of]; special {
		return reflect.ValueOf(draw(t, label))
	}
	value := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.Struct:
		for i := range of.NumField() {
			field := of.Field(i)
			// A field that is left out at its zero value may have it, whatever its type can be otherwise.
			if strings.Contains(field.Tag.Get("json"), "omitzero") && rapid.Bool().Draw(t, label+"."+field.Name+" is there") {
				continue
			}
			value.Field(i).Set(drawn(t, field.Type, label+"."+field.Name))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, label+" is there") {
			value.Set(reflect.New(of.Elem()))
			value.Elem().Set(drawn(t, of.Elem(), label))
		}
	case reflect.Slice:
		for i := range rapid.IntRange(0, 3).Draw(t, label+" has") {
			value.Set(reflect.Append(value, drawn(t, of.Elem(), fmt.Sprintf("%s[%d]", label, i))))
		}
	case reflect.Map:
		value.Set(reflect.MakeMap(of))
		for i := range rapid.IntRange(0, 3).Draw(t, label+" has") {
			at := fmt.Sprintf("%s[%d]", label, i)
			value.SetMapIndex(drawn(t, of.Key(), at+" key"), drawn(t, of.Elem(), at))
		}
	case reflect.String:
		value.SetString(rapid.String().Draw(t, label))
	case reflect.Bool:
		value.SetBool(rapid.Bool().Draw(t, label))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		bits := of.Bits() - 1
		value.SetInt(rapid.Int64Range(-1<<bits, 1<<bits-1).Draw(t, label))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		value.SetUint(rapid.Uint64Max(1<<of.Bits()-1).Draw(t, label))
	default:
		t.Fatalf("%s is a %s, of which none can be drawn yet", label, of)
	}
	return value
}
