package domain_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func TestCheckReportsAllFields(t *testing.T) {
	t.Parallel()
	var check domain.Check
	if err := check.Rejection(); err != nil {
		t.Fatalf("nothing was refused, but %v", err)
	}
	check.Require(true, "/fine", "fine", "fine")
	check.Name("/code", "a b")
	check.Require(false, domain.Pointer("tiers", 0, "a/b~c"), "up_to_invalid", "up_to must be more than %d", 5)

	var rejection *domain.Rejection
	if !errors.As(check.Rejection(), &rejection) || rejection.Kind != domain.KindInvalid || rejection.Code != "name_invalid" {
		t.Fatalf("rejection %+v", rejection)
	}
	want := []domain.FieldError{
		{Pointer: "/code", Code: "name_invalid", Message: "code must be " + domain.NameRule},
		{Pointer: "/tiers/0/a~1b~0c", Code: "up_to_invalid", Message: "up_to must be more than 5"},
	}
	if !reflect.DeepEqual(rejection.Fields, want) || rejection.Message != want[0].Message+" (and 1 more)" {
		t.Errorf("%q with %+v", rejection.Message, rejection.Fields)
	}
}

// TestCheckReportsAtMostAHundredFields tells how many more there are.
func TestCheckReportsAtMostAHundredFields(t *testing.T) {
	t.Parallel()
	var one, all domain.Check
	for i := range 150 {
		one.Require(false, domain.Pointer("members", i), "name_invalid", "bad")
	}
	all.Require(false, "/role", "role_invalid", "bad")
	all.Add(one.Rejection())
	var rejection *domain.Rejection
	if !errors.As(all.Rejection(), &rejection) || len(rejection.Fields) != 100 || rejection.FieldsOmitted != 51 || rejection.Message != "bad (and 150 more)" {
		t.Errorf("%d fields and %d more: %v", len(rejection.Fields), rejection.FieldsOmitted, rejection)
	}
	t.Run("a fault is no refusal", func(t *testing.T) {
		t.Parallel()
		var check domain.Check
		fault := errors.New("broken")
		check.Add(nil)
		check.Add(fault)
		if err := check.Rejection(); !errors.Is(err, fault) {
			t.Error(err)
		}
	})
}

// TestTextIsMeasuredInCharacters takes as many of two or four bytes as of one.
func TestTextIsMeasuredInCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "a": true, "äöü": true, "\U0001F600\U0001F600\U0001F600": true, "äöüß": false, "\xff": false} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			var check domain.Check
			if got := check.Text("/reason", "reason_invalid", text, 1, 3); got != want {
				t.Errorf("%v, %v", got, check.Rejection())
			}
		})
	}
}
