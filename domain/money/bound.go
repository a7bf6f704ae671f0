package money

import (
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
)

// digitsMax counts the digits before the point of the largest amount.
const digitsMax = 18

// RangeRule describes the amounts that are [Amount.InRange].
const RangeRule = "an amount must stay below 10^18"

// InRange reports whether the amount stays below 10^18 major units, on either side of zero. Arithmetic is exact at any size:
// what is decided holds its results against this once, by [Check].
func (a Amount) InRange() bool {
	return new(big.Int).Abs(a.Minor()).Cmp(power10(digitsMax+a.currency.Digits())) < 0
}

// RangeError tells which amount or sum is not [Amount.InRange].
type RangeError struct {
	Pointer string // RFC 6901 within the value that was checked, such as "/bill/total"
	Amount  Amount
}

func (e *RangeError) Error() string {
	what := strings.ReplaceAll(strings.TrimPrefix(e.Pointer, "/"), "/", " ")
	return fmt.Sprintf("%s would be %s; %s", what, e.Amount.Plain(), RangeRule)
}

// Check looks for an amount in a value, such as an event, that is not [Amount.InRange]; the error is a [RangeError]. Fields with
// the tag range:"any" are not looked at.
func Check(value any) error {
	v := reflect.ValueOf(value)
	return boundsOf(v.Type())(v, "")
}

// bound checks the amounts in a value of one type, which stands at a pointer.
type bound func(v reflect.Value, pointer string) error

// bounds keep the bound of each type.
var bounds sync.Map

var amountType = reflect.TypeFor[Amount]()

func boundsOf(t reflect.Type) bound {
	if known, ok := bounds.Load(t); ok {
		return known.(bound)
	}
	made := bound(func(reflect.Value, string) error { return nil })
	if holdsAmounts(t) {
		made = makeBound(t)
	}
	bounds.Store(t, made)
	return made
}

// holdsAmounts reports whether a value of the type may have an amount in it.
func holdsAmounts(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsAmounts(t.Elem())
	case reflect.Struct:
		if t == amountType {
			return true
		}
		for i := range t.NumField() {
			if isBounded(t.Field(i)) && holdsAmounts(t.Field(i).Type) {
				return true
			}
		}
	default: // text, numbers and truth
	}
	return false
}

func isBounded(field reflect.StructField) bool {
	return field.IsExported() && field.Tag.Get("range") != "any"
}

func makeBound(t reflect.Type) bound {
	switch t.Kind() {
	case reflect.Pointer:
		return func(v reflect.Value, pointer string) error {
			if v.IsNil() {
				return nil
			}
			return boundsOf(t.Elem())(v.Elem(), pointer)
		}
	case reflect.Slice, reflect.Array:
		return func(v reflect.Value, pointer string) error {
			for i := range v.Len() {
				if err := boundsOf(t.Elem())(v.Index(i), fmt.Sprint(pointer, "/", i)); err != nil {
					return err
				}
			}
			return nil
		}
	case reflect.Map:
		return func(v reflect.Value, pointer string) error {
			for members := v.MapRange(); members.Next(); {
				if err := boundsOf(t.Elem())(members.Value(), fmt.Sprint(pointer, "/", members.Key())); err != nil {
					return err
				}
			}
			return nil
		}
	default: // of the kinds that hold amounts
		return boundOfStruct(t)
	}
}

func boundOfStruct(t reflect.Type) bound {
	if t == amountType {
		return func(v reflect.Value, pointer string) error {
			if amount := v.Interface().(Amount); !amount.InRange() {
				return &RangeError{Pointer: pointer, Amount: amount}
			}
			return nil
		}
	}
	fields := map[int]string{}
	for i := range t.NumField() {
		if field := t.Field(i); isBounded(field) && holdsAmounts(field.Type) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" {
				name = strings.ToLower(field.Name)
			}
			fields[i] = "/" + name
		}
	}
	return func(v reflect.Value, pointer string) error {
		for i := range t.NumField() {
			if name, ok := fields[i]; ok {
				if err := boundsOf(t.Field(i).Type)(v.Field(i), pointer+name); err != nil {
					return err
				}
			}
		}
		return nil
	}
}
