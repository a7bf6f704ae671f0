package money_test

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/tallystick/tallystick/domain/money"
)

func usd(text string) money.Amount {
	amount, err := money.Parse("USD", text)
	if err != nil {
		panic(err)
	}
	return amount
}

func ExampleParse() {
	amount, err := money.Parse("USD", "12.3")
	fmt.Println(amount, err)
	_, err = money.Parse("USD", "12.305")
	fmt.Println(errors.Is(err, money.ErrAmountInvalid))
	// Output:
	// 12.30 USD <nil>
	// true
}

// A credit rounds like the charge that it takes back.
func ExampleRoundHalfAwayFromZero() {
	for _, exact := range []*big.Rat{big.NewRat(12_345, 1_000), big.NewRat(-12_345, 1_000)} {
		amount, err := money.RoundHalfAwayFromZero("USD", exact)
		fmt.Println(amount, err)
	}
	// Output:
	// 12.35 USD <nil>
	// -12.35 USD <nil>
}

// The parts add up to the amount exactly.
func ExampleAmount_Allocate() {
	parts, err := usd("100.00").Allocate([]int64{1, 1, 1})
	fmt.Println(parts, err)
	// Output: [33.34 USD 33.33 USD 33.33 USD] <nil>
}

func ExampleAmount_Add() {
	sum, err := usd("12.30").Add(usd("0.70"))
	fmt.Println(sum, err)
	_, err = usd("12.30").Add(money.Zero("EUR"))
	fmt.Println(err)
	// Output:
	// 13.00 USD <nil>
	// amounts have different currencies: USD and EUR
}
