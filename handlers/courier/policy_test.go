package courier

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// refusedURLs lead into networks that are nobody's business, or are no URLs to send to.
var refusedURLs = []string{
	"", "hooks.example", "//hooks.example/x", "http://hooks.example/x", "ftp://hooks.example/x", "https://", "https:///x", "https:hooks.example",
	"https://user@hooks.example/", "https://user:password@hooks.example/", "https://hooks.example/x#part", "https://hooks.example/a b", "https://hooks.example\\@10.0.0.1/",
	"https://hooks.example/\n", "javascript:alert(1)", "file:///etc/passwd",
	"https://localhost/", "https://LOCALHOST:8443/", "https://x.localhost/", "https://localhost./",
	"https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.255.255.254/", "https://127.1/", "https://127.0.1/", "https://0/", "https://0.0.0.0/",
	"https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.1./", "https://127.0.0.0x1/",
	"https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.0.1/", "https://100.64.0.1/", "https://100.127.255.255/",
	"https://169.254.169.254/latest/meta-data", "https://169.254.0.1/", "https://192.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/",
	"https://224.0.0.1/", "https://239.255.255.255/", "https://240.0.0.1/", "https://255.255.255.255/",
	"https://[::]/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:169.254.169.254]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
	"https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/", "https://[2001::1]/",
	"https://[2001:0:7f00:1::]/", "https://[2001:db8::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[ff02::1]/", "https://[fec0::1]/",
}

func TestRefusedURLs(t *testing.T) {
	t.Parallel()
	p := NewPolicy(nil)
	for _, url := range refusedURLs {
		refused, is := errors.AsType[*domain.Rejection](p.CheckURL(url))
		if !is || refused.Code != "url_refused" || refused.Kind != domain.KindInvalid {
			t.Errorf("%q: %v", url, refused)
		}
	}
	for _, url := range []string{
		"https://hooks.example/x", "https://hooks.example:8443/x?y=z", "https://xn--bcher-kva.example/", "https://93.184.216.34/", "https://[2606:2800:220:1::1]/",
		"https://127.0.0.1.nip.example/", "https://1.example/", "https://0x7f.example/",
	} {
		if err := p.CheckURL(url); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestAllowedURLs(t *testing.T) {
	t.Parallel()
	networks, err := ParseNetworks([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPolicy(networks)
	for _, url := range []string{"http://127.0.0.1:8080/x", "https://127.0.0.1/", "http://[::1]:80/", "http://localhost:9000/", "https://hooks.example/"} {
		if err := p.CheckURL(url); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
	for _, url := range []string{"http://93.184.216.34/", "https://10.0.0.1/", "http://10.0.0.1/", "https://[::ffff:10.0.0.1]/"} {
		if p.CheckURL(url) == nil {
			t.Errorf("%q is let through", url)
		}
	}
	if _, err := ParseNetworks([]string{"loopback"}); err == nil {
		t.Error("loopback is taken for a network")
	}
}

// TestAddressesAreJudgedWhenDialed gives the dialer addresses as a name may lead to them.
func TestAddressesAreJudgedWhenDialed(t *testing.T) {
	t.Parallel()
	p := NewPolicy([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	for address, refused := range map[string][2]bool{ // by https, by http
		"93.184.216.34:443": {false, true}, "127.0.0.1:443": {false, false}, "10.0.0.1:443": {true, true}, "169.254.169.254:80": {true, true},
		"[::1]:443": {true, true}, "[64:ff9b::a9fe:a9fe]:443": {true, true}, "[2606:2800:220:1::1]:443": {false, true}, "nonsense": {true, true},
	} {
		network := "tcp4"
		if address[0] == '[' {
			network = "tcp6"
		}
		for i, plain := range []bool{false, true} {
			if got := p.judge(plain)(network, address, nil) != nil; got != refused[i] {
				t.Errorf("%s, by http: %t: refused %t", address, plain, got)
			}
		}
	}
	if p.judge(false)("udp", "93.184.216.34:443", nil) == nil {
		t.Error("UDP is dialed")
	}
}
