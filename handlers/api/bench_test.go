package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// BenchmarkSeats measures seat commands over HTTP, with the load generator and Postgres on the same machine.
func BenchmarkSeats(b *testing.B) {
	bench := setup(b)
	p := bench.start(endpoint.Options{})
	c := bench.client(p, endpoint.RoleAdmin)
	c.openShop()
	const workspaces = 256
	for i := range workspaces {
		_, err := c.quick(http.MethodPost, fmt.Sprintf("/v1/workspaces/w%d/subscription", i),
			object{"price": "pro-month", "seats": 1_000_000, "collection": "send_invoice"})
		if err != nil {
			b.Fatal(err)
		}
	}
	var callers atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		caller := callers.Add(1)
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		reader := bufio.NewReader(conn)
		for n := 0; pb.Next(); n++ {
			body := fmt.Sprintf(`{"member":"m%d-%d","role":"member"}`, caller, n)
			fmt.Fprintf(conn, "POST /v1/workspaces/w%d/seats HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\n"+
				"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", (int(caller)+n)%workspaces, c.token, uuid.NewString(), len(body), body)
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				b.Error(err)
				return
			}
			answer, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || response.StatusCode != http.StatusCreated {
				b.Errorf("%d %s %v", response.StatusCode, answer, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}
