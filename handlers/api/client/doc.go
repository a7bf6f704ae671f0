// Package client calls the API of a Tallystick server from Go.
//
//	c, err := client.New("https://tally.example.com", client.WithKey(os.Getenv("TALLYSTICK_KEY")))
//	…
//	seat, err := c.AllocateSeat(ctx, "acme", &client.AllocateSeatParams{IdempotencyKey: "invite-4711"},
//		client.AllocateSeatBody{Member: "ada", Role: client.RoleMember})
//	if client.Code(err) == "no_seat_available" {
//		…
//	}
//
// [Client] has a method for each operation. It takes the names in the path, parameters and headers as a struct of
// pointers, and the body, and gives an answer whose JSON is what the server said. Any status but 2xx is an error, an
// [*Error] with the problem that the server answered.
//
// # What to know of the API
//
//   - A command takes an Idempotency-Key. Send it again with the same key, after any error, and it happens once.
//   - An answer's Position, given as MinPosition to a query, makes the query show what was answered before.
//   - With DryRun a command does nothing, and the answer's DryRun has the events and the invoice that it would make.
//   - An answer's ETag, given as IfMatch to a command, refuses the command when the resource has changed meanwhile.
//
// client.gen.go is generated from the document that the server serves at /openapi.json, by go generate; a test fails when
// it is behind. The package imports nothing but the standard library, and nothing of the server.
package client
