package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/netutil"

	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// Door holds the settings of the ways into a server.
type Door struct {
	Listen         string   `help:"Address to serve on (default ${listen})." env:"TALLYSTICK_LISTEN" default:"${listen}" placeholder:"HOST:PORT"`
	TLSCert        string   `help:"File with the certificate to serve with, and those that lead to its authority. A new one in its place is taken without a restart." env:"TALLYSTICK_TLS_CERT" placeholder:"FILE"`
	TLSKey         string   `help:"File with the certificate's key." env:"TALLYSTICK_TLS_KEY" placeholder:"FILE"`
	TrustedProxies []string `help:"Addresses of the proxies in front, which may say in X-Forwarded-For who their client is." env:"TALLYSTICK_TRUSTED_PROXIES" placeholder:"CIDR"`
	Plaintext      bool     `help:"Serve beyond this machine without --tls-cert and without a proxy in front: API keys go over the network as they are." env:"TALLYSTICK_PLAINTEXT"`
	PublicURL      string   `help:"The URL that clients reach the server at, for the API's document and for links." env:"TALLYSTICK_PUBLIC_URL" placeholder:"URL"`
	MaxConnections int      `help:"Connections of clients at once; more wait until one is closed (default ${max_connections})." env:"TALLYSTICK_MAX_CONNECTIONS" default:"${max_connections}" placeholder:"N"`
	MetricsListen  string   `help:"Address to serve /metrics on, to whoever can reach it (default: nowhere)." env:"TALLYSTICK_METRICS_LISTEN" placeholder:"HOST:PORT"`
}

// Wrong lists all wrong settings of the door.
func (d *Door) Wrong() (wrong []error) {
	if _, port, err := net.SplitHostPort(d.Listen); err != nil || port == "" {
		wrong = append(wrong, fmt.Errorf("--listen %q is not HOST:PORT", d.Listen))
	}
	if _, port, err := net.SplitHostPort(d.MetricsListen); d.MetricsListen != "" && (err != nil || port == "") {
		wrong = append(wrong, fmt.Errorf("--metrics-listen %q is not HOST:PORT", d.MetricsListen))
	}
	if d.MaxConnections < 1 {
		wrong = append(wrong, fmt.Errorf("--max-connections %d is not 1 or more", d.MaxConnections))
	}
	if (d.TLSCert == "") != (d.TLSKey == "") {
		wrong = append(wrong, errors.New("--tls-cert and --tls-key go together"))
	}
	if _, err := d.proxies(); err != nil {
		wrong = append(wrong, err)
	}
	if d.PublicURL != "" {
		u, err := url.Parse(d.PublicURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			wrong = append(wrong, fmt.Errorf("--public-url %q is not an http:// or https:// URL without a query", d.PublicURL))
		}
	}
	return wrong
}

// exposed refuses to serve beyond this machine where nobody has said what keeps the API keys from being read on their way.
func (d *Door) exposed() error {
	if d.TLSCert != "" || len(d.TrustedProxies) > 0 || d.Plaintext || d.local() {
		return nil
	}
	return fmt.Errorf("--listen %s is reached from other machines: give --tls-cert and --tls-key, or --trusted-proxies for the proxy that "+
		"has the certificate, or --plaintext if API keys may go over that network as they are", d.Listen)
}

// local reports whether nothing but this machine can reach the address, or nothing at all since it is none.
func (d *Door) local() bool {
	host, _, err := net.SplitHostPort(d.Listen)
	ip, _ := netip.ParseAddr(host)
	return err != nil || host == "localhost" || ip.IsLoopback()
}

// proxies reads networks and single addresses.
func (d *Door) proxies() ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range d.TrustedProxies {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q is not an address or a CIDR, such as 10.0.0.0/8", text)
		}
		proxies = append(proxies, prefix)
	}
	return proxies, nil
}

// Scheme returns the scheme of the server's URL.
func (d *Door) Scheme() string {
	if d.TLSCert != "" {
		return "https"
	}
	return "http"
}

// listeners hold the bound addresses of a server.
type listeners struct {
	api     net.Listener
	metrics net.Listener // nil for none
	tls     *tls.Config  // nil for plain HTTP
}

func (d *Door) Open(log *slog.Logger) (l listeners, err error) {
	if d.TLSCert != "" {
		if l.tls, err = NewCertificate(d.TLSCert, d.TLSKey, log); err != nil {
			return l, err
		}
	}
	if l.api, err = net.Listen("tcp", d.Listen); err != nil {
		return l, fmt.Errorf("listen on %s: %w", d.Listen, err)
	}
	l.api = netutil.LimitListener(l.api, d.MaxConnections)
	if d.MetricsListen == "" {
		return l, nil
	}
	if l.metrics, err = net.Listen("tcp", d.MetricsListen); err != nil {
		l.Close()
		return l, fmt.Errorf("listen on %s: %w", d.MetricsListen, err)
	}
	return l, nil
}

func (l listeners) Close() {
	for _, listener := range []net.Listener{l.api, l.metrics} {
		if listener != nil {
			_ = listener.Close() // a server that served it has closed it
		}
	}
}

// serve serves requests until the server is shut down.
func (l listeners) serve(server *http.Server) error {
	if l.tls == nil {
		return served(server.Serve(l.api))
	}
	server.TLSConfig = l.tls
	return served(server.ServeTLS(l.api, "", ""))
}

// metricsServer serves nothing but the metrics.
func metricsServer(metrics http.Handler) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	return endpoint.HTTPServer("", mux)
}

func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// readyTimeout bounds the wait for an answer.
const readyTimeout = 5 * time.Second

type Ready struct {
	Listen  string `help:"Address that the server serves on (default ${listen})." env:"TALLYSTICK_LISTEN" default:"${listen}" placeholder:"HOST:PORT"`
	TLSCert string `help:"File with the server's certificate, if it has one." env:"TALLYSTICK_TLS_CERT" placeholder:"FILE"`
}

// Validate refuses what is no address.
func (r Ready) Validate() error {
	if _, port, err := net.SplitHostPort(r.Listen); err != nil || port == "" {
		return fmt.Errorf("--listen %q is not HOST:PORT", r.Listen)
	}
	return nil
}

// Run fails unless the server at the address is ready.
func (r Ready) Run(ctx context.Context, std house.Streams) error {
	host, port, err := net.SplitHostPort(r.Listen)
	if err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	transport := &http.Transport{}
	if r.TLSCert != "" {
		// The certificate is of the name that clients know. Nothing is told to the server, and nothing taken from it but a status.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	url := (&Door{TLSCert: r.TLSCert}).Scheme() + "://" + net.JoinHostPort(host, port) + "/readyz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport, Timeout: readyTimeout}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", response.Status)
	}
	_, err = fmt.Fprintln(std.Out, "ready")
	return err
}
