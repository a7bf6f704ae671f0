package paymentmethod

import (
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var (
	now  = time.Date(2031, 6, 16, 12, 0, 0, 0, time.UTC)
	spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve, Meta: domain.Meta{Now: now}}
	card = Description{Gateway: "sandbox", Token: "tok_ok", Kind: KindCard, Brand: "visa", Last4: "4242", ExpMonth: 12, ExpYear: 2035}
)

func added(id string, isDefault bool) Added {
	return Added{ID: id, Description: card, Default: isDefault, CreatedAt: now}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	two := []domain.Event{added("a", true), added("b", false)}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the first is the default":    {nil, Add{ID: "a", Description: card}, []domain.Event{added("a", true)}},
		"the second is not":           {two[:1], Add{ID: "b", Description: card}, []domain.Event{added("b", false)}},
		"the second may be":           {two[:1], Add{ID: "b", Description: card, Default: true}, []domain.Event{added("b", true)}},
		"another becomes the default": {two, SetDefault{ID: "b"}, []domain.Event{DefaultSet{ID: "b"}}},
		"the default stays":           {two, SetDefault{ID: "a"}, nil},
		"one is removed":              {two, Remove{ID: "a"}, []domain.Event{Removed{ID: "a", Reason: ReasonRemoved}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
	t.Run("removing the default leaves none", func(t *testing.T) {
		t.Parallel()
		s := Evolve(Evolve(Evolve(State{}, two[0]), two[1]), Removed{ID: "a", Reason: ReasonRemoved})
		if _, ok := s.Find("b"); !ok || s.Default != "" || s.Size() <= 0 || Stream("acme") != "paymentmethod:acme" {
			t.Errorf("%+v", s)
		}
	})
}

func TestMethodsAreRefused(t *testing.T) {
	t.Parallel()
	var full []domain.Event
	for i := range methodsMax {
		full = append(full, added(fmt.Sprint(i), false))
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"an unknown default": {nil, SetDefault{ID: "a"}, "payment_method_not_found"},
		"an unknown one":     {nil, Remove{ID: "a"}, "payment_method_not_found"},
		"one too many":       {full, Add{ID: "a", Description: card}, "payment_methods_full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
	if _, err := Decide(State{}, Add{ID: "a"}, spec.Meta); err == nil {
		t.Error("a method without a token was added")
	}
}

// TestTheDefaultIsAMethod: whatever happens, the default is one of the methods, or there is none.
func TestTheDefaultIsAMethod(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s State
		for i := range rapid.IntRange(1, 20).Draw(t, "commands") {
			id := fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "id"))
			c := rapid.SampledFrom([]Command{Add{ID: fmt.Sprint("m", i), Description: card}, SetDefault{ID: "m" + id}, Remove{ID: "m" + id}}).Draw(t, "command")
			facts, err := Decide(s, c, spec.Meta)
			if err != nil {
				continue
			}
			for _, fact := range facts {
				s = Evolve(s, fact)
			}
			if _, ok := s.Find(s.Default); !ok && s.Default != "" {
				t.Fatalf("%+v", s)
			}
		}
	})
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), added("a", true), DefaultSet{ID: "a"}, Removed{ID: "a", Reason: ReasonRemoved})
}
