package api

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// proxy stands before a database, so that a test can take it away and give it back.
type proxy struct {
	t        testing.TB
	url      string
	from, to string // sockets

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

// newProxy gives a database another URL.
func newProxy(t testing.TB, database string) *proxy {
	t.Helper()
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "proxy") // the test's own directory may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	query := parsed.Query()
	socket := ".s.PGSQL." + query.Get("port")
	p := &proxy{t: t, from: filepath.Join(dir, socket), to: filepath.Join(query.Get("host"), socket)}
	query.Set("host", dir)
	parsed.RawQuery = query.Encode()
	p.url = parsed.String()
	p.restore()
	t.Cleanup(p.cut)
	return p
}

func (p *proxy) restore() {
	p.t.Helper()
	listener, err := net.Listen("unix", p.from)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.listener = listener
	p.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.forward(conn)
		}
	}()
}

func (p *proxy) forward(from net.Conn) {
	to, err := net.Dial("unix", p.to)
	if err != nil {
		_ = from.Close()
		return
	}
	p.mu.Lock()
	p.conns = append(p.conns, from, to)
	p.mu.Unlock()
	go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
	_, _ = io.Copy(from, to)
	_ = from.Close()
}

// cut ends all connections and takes no new ones.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listener.Close()
	for _, conn := range p.conns {
		_ = conn.Close()
	}
	p.conns = nil
}
