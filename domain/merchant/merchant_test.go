package merchant

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
)

func TestMerchant(t *testing.T) {
	t.Parallel()
	endpoint := EndpointAdded{ID: "we_1", CreatedAt: now}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"a key for tests in a sandbox":      {nil, SetKey{Key: "a"}, []domain.Event{KeySet{Key: "a"}}},
		"a key for money in a live ledger":  {nil, SetKey{Key: "a", Live: true, LedgerLive: true}, []domain.Event{KeySet{Key: "a", Live: true}}},
		"another key":                       {[]domain.Event{KeySet{Key: "a"}}, SetKey{Key: "b"}, []domain.Event{KeySet{Key: "b"}}},
		"the same key":                      {[]domain.Event{KeySet{Key: "a"}}, SetKey{Key: "a"}, nil},
		"an endpoint":                       {nil, AddEndpoint{ID: "we_1"}, []domain.Event{endpoint}},
		"an endpoint that is there":         {[]domain.Event{endpoint}, AddEndpoint{ID: "we_1"}, nil},
		"an endpoint beside another":        {[]domain.Event{endpoint}, AddEndpoint{ID: "we_2"}, []domain.Event{EndpointAdded{ID: "we_2", CreatedAt: now}}},
		"an endpoint that is not used more": {[]domain.Event{endpoint}, RemoveEndpoint{ID: "we_1"}, []domain.Event{EndpointRemoved{ID: "we_1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("the key before is remembered", func(t *testing.T) {
		t.Parallel()
		s := Evolve(Evolve(State{}, KeySet{Key: "a"}), KeySet{Key: "b"})
		if s.Key != "b" || s.Replaced != "a" || s.Size() <= 0 || Stream("stripe") != "merchant:stripe" {
			t.Errorf("%+v", s)
		}
	})
}

func TestMerchantIsRefused(t *testing.T) {
	t.Parallel()
	var full []domain.Event
	for i := range endpointsMax {
		full = append(full, EndpointAdded{ID: fmt.Sprint("we_", i), CreatedAt: now})
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"money in a sandbox":        {nil, SetKey{Key: "a", Live: true}, "gateway_mode_mismatch"},
		"tests in a live ledger":    {nil, SetKey{Key: "a", LedgerLive: true}, "gateway_mode_mismatch"},
		"one endpoint too many":     {full, AddEndpoint{ID: "we_x"}, "endpoints_full"},
		"an endpoint nobody added":  {full, RemoveEndpoint{ID: "we_x"}, "endpoint_unknown"},
		"an endpoint taken already": {append(full, EndpointRemoved{ID: "we_1"}), RemoveEndpoint{ID: "we_1"}, "endpoint_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), KeySet{Key: "k1", Live: true}, EndpointAdded{ID: "we_1", CreatedAt: now},
		EndpointRemoved{ID: "we_1"})
}
