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
