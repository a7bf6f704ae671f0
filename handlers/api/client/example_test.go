package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// dial makes a client of a running server, with an administrator's key.
func dial() *client.Client {
	c, err := client.New(os.Getenv("TALLYSTICK_URL"), client.WithKey(os.Getenv("TALLYSTICK_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// sell makes a product with a monthly price of 12.00 USD a seat, which a workspace buys.
func sell(ctx context.Context, c *client.Client, product, workspace string, seats int64) *client.CreateSubscriptionResponse {
	_, err := c.CreateProduct(ctx, &client.CreateProductParams{IdempotencyKey: product + "-product"},
		client.CreateProductBody{Code: product, Name: product, Tier: 10})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.CreatePrice(ctx, product, &client.CreatePriceParams{IdempotencyKey: product + "-price"}, client.CreatePriceBody{
		Code: product + "-month", Currency: "USD", Interval: client.IntervalMonth, UnitAmount: new("12.00"),
	})
	if err != nil {
		log.Fatal(err)
	}
	subscription, err := c.CreateSubscription(ctx, workspace, &client.CreateSubscriptionParams{IdempotencyKey: product + "-subscription"},
		client.CreateSubscriptionBody{
			Price: product + "-month", Seats: seats, Collection: client.CollectionSendInvoice,
		})
	if err != nil {
		log.Fatal(err)
	}
	return subscription
}

// A workspace buys three seats of a new product, gives one away, and owes an invoice.
func Example() {
	ctx := context.Background()
	c, err := client.New(os.Getenv("TALLYSTICK_URL"), client.WithKey(os.Getenv("TALLYSTICK_KEY")))
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.CreateProduct(ctx, &client.CreateProductParams{IdempotencyKey: "team"},
		client.CreateProductBody{Code: "team", Name: "Team", Tier: 10})
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.CreatePrice(ctx, "team", &client.CreatePriceParams{IdempotencyKey: "team-month"}, client.CreatePriceBody{
		Code: "team-month", Currency: "USD", Interval: client.IntervalMonth, UnitAmount: new("12.00"),
	})
	if err != nil {
		log.Fatal(err)
	}
	bought, err := c.CreateSubscription(ctx, "acme", &client.CreateSubscriptionParams{IdempotencyKey: "acme-buys"},
		client.CreateSubscriptionBody{
			Price: "team-month", Seats: 3, Collection: client.CollectionSendInvoice,
		})
	if err != nil {
		log.Fatal(err)
	}
	seat, err := c.AllocateSeat(ctx, "acme", &client.AllocateSeatParams{IdempotencyKey: "acme-ada"},
		client.AllocateSeatBody{Member: "ada", Role: client.RoleMember})
	if err != nil {
		log.Fatal(err)
	}
	invoice, err := c.GetInvoice(ctx, *bought.JSON.Invoice, &client.GetInvoiceParams{MinPosition: new(seat.Position())})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bought.JSON.Subscription.Status, seat.JSON.Member, invoice.JSON.Total.Amount, invoice.JSON.Total.Currency)
	// Output: active ada 36.00 USD
}

// A request whose answer got lost is sent again, with the same key: it happened once.
func Example_retry() {
	ctx := context.Background()
	c := dial()
	sell(ctx, c, "retried", "initech", 5)
	allocate := func() (*client.AllocateSeatResponse, error) {
		return c.AllocateSeat(ctx, "initech", &client.AllocateSeatParams{IdempotencyKey: "initech-bob"},
			client.AllocateSeatBody{Member: "bob", Role: client.RoleMember})
	}
	first, err := allocate()
	if err != nil {
		log.Fatal(err)
	}
	again, err := allocate()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.Replayed(), again.Replayed(), *first.JSON == *again.JSON, first.Position() == again.Position())
	// Output: false true true true
}

// A query waits until it shows what a command answered before.
func Example_readYourWrites() {
	ctx := context.Background()
	c := dial()
	bought := sell(ctx, c, "read", "hooli", 7)
	seats, err := c.GetSeats(ctx, "hooli", &client.GetSeatsParams{MinPosition: new(bought.Position())})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(seats.JSON.Purchased, seats.Position() >= bought.Position())
	// Output: 7 true
}

// A refusal has a code for programs and a detail for people.
func Example_refusal() {
	ctx := context.Background()
	c := dial()
	sell(ctx, c, "refused", "umbrella", 1)
	for _, member := range []string{"ada", "bob"} {
		_, err := c.AllocateSeat(ctx, "umbrella", &client.AllocateSeatParams{IdempotencyKey: "umbrella-" + member},
			client.AllocateSeatBody{Member: member, Role: client.RoleMember})
		switch client.Code(err) {
		case "no_seat_available":
			fmt.Println(member + " waits for a seat")
		default:
			fmt.Println(member, err)
		}
	}
	// Output:
	// ada <nil>
	// bob waits for a seat
}

// A dry run shows what a command would do.
func Example_dryRun() {
	ctx := context.Background()
	c := dial()
	sell(ctx, c, "tried", "stark", 2)
	tried, err := c.ChangeSeats(ctx, "stark", &client.ChangeSeatsParams{DryRun: new(true)}, client.ChangeSeatsBody{Seats: 3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tried.JSON == nil, tried.DryRun.Events[0].Type, tried.DryRun.Invoice.Total.Amount)
	// Output: true subscription.seats_changed.v1 12.00
}

// Open reads what is too long for memory, such as the events as lines of JSON.
func ExampleClient_Open() {
	ctx := context.Background()
	c := dial()
	lines := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Accept", "application/x-ndjson")
		return nil
	}
	events, err := c.Open(ctx, http.MethodGet, "/v1/events?limit=100", lines)
	if err != nil {
		log.Fatal(err)
	}
	defer events.Body.Close()
	fmt.Println(events.Header.Get("Content-Type"))
	// Output: application/x-ndjson
}
