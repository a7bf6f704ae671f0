package serve

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

func TestWhatMayBeReachedFromOtherMachines(t *testing.T) {
	t.Parallel()
	for _, door := range []Door{
		{Listen: "127.0.0.1:0"}, {Listen: "localhost:0"}, {Listen: "[::1]:0"}, {Listen: ":0", Plaintext: true},
		{Listen: ":0", TrustedProxies: []string{"10.0.0.0/8"}}, {Listen: ":0", TLSCert: "cert.pem"},
	} {
		if err := door.exposed(); err != nil {
			t.Errorf("%+v: %v", door, err)
		}
	}
}

func TestProxiesAreAddressesOrNetworks(t *testing.T) {
	t.Parallel()
	door := Door{TrustedProxies: []string{"10.1.2.3/8", " 192.0.2.7", "2001:db8::/32", "::1"}}
	want := []netip.Prefix{netip.MustParsePrefix("10.1.2.3/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("::1/128")}
	got, err := door.proxies()
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}

// TestConnectionsAreBounded: who comes when all connections are taken is answered once another one is closed.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	door := Door{Listen: "127.0.0.1:0", MaxConnections: 2}
	l, err := door.Open(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := endpoint.HTTPServer("", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	go func() { _ = l.serve(server) }()
	t.Cleanup(func() { _ = server.Close() })
	ask := func() (net.Conn, *bufio.Reader) {
		t.Helper()
		conn, err := net.Dial("tcp", l.api.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return conn, bufio.NewReader(conn)
	}
	answered := func(r *bufio.Reader) error {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	first, one := ask()
	_, other := ask()
	if err := errors.Join(answered(one), answered(other)); err != nil {
		t.Fatal(err)
	}
	third, last := ask()
	if err := third.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := last.Peek(1); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a third connection was served beside two, of at most two: %v", err)
	}
	if err := errors.Join(first.Close(), third.SetReadDeadline(time.Now().Add(scratch.Patience)), answered(last)); err != nil {
		t.Errorf("once another was closed: %v", err)
	}
}
