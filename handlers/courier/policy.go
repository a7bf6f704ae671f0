package courier

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"

	"github.com/tallystick/tallystick/domain"
)

// Policy tells which addresses may be sent anything.
type Policy struct {
	allowed  []netip.Prefix
	guardian *ssrf.Guardian
}

// NewPolicy makes a policy that refuses all that is not public, and lets these networks through: http for them, too.
func NewPolicy(allowed []netip.Prefix) *Policy {
	var four, six []netip.Prefix
	for _, prefix := range allowed {
		if prefix.Addr().Is4() {
			four = append(four, prefix)
		} else {
			six = append(six, prefix)
		}
	}
	return &Policy{allowed: allowed, guardian: ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(four...), ssrf.WithAllowedV6Prefixes(six...))}
}

// errRefused is the error of dialing an address that is refused.
var errRefused = errors.New("the address is refused")

// judge refuses to dial an address; plain tells that http is asked for.
func (p *Policy) judge(plain bool) func(network, address string, _ syscall.RawConn) error {
	return func(network, address string, c syscall.RawConn) error {
		if err := p.guardian.Safe(network, address, c); err != nil {
			return errRefused
		}
		if to, err := netip.ParseAddrPort(address); plain && (err != nil || !p.allows(to.Addr())) {
			return errRefused
		}
		return nil
	}
}

func (p *Policy) allows(address netip.Addr) bool {
	for _, prefix := range p.allowed {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// CheckURL refuses with url_refused what can't be sent to, as far as the URL itself tells.
func (p *Policy) CheckURL(text string) error {
	refuse := func(format string, args ...any) error {
		return domain.InvalidField("/url", "url_refused", format, args...)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.Fragment != "" || strings.ContainsFunc(text, isNoURL):
		return refuse("url must be an https:// URL without a fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || len(p.allowed) == 0):
		return refuse("url must begin with https://")
	case u.User != nil:
		return refuse("url must not have a user or a password in it")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil && address.Zone() != "":
		return refuse("the address in url must not have a zone")
	case err == nil && p.judge(u.Scheme == "http")(networkOf(address), netip.AddrPortFrom(address, 443).String(), nil) != nil:
		return refuse("the address in url is not a public one")
	case err == nil:
		return nil
	case host == "" || endsInNumber(host):
		return refuse("the host in url is neither a name nor an address as it is usually written")
	case (host == "localhost" || strings.HasSuffix(host, ".localhost")) && len(p.allowed) == 0:
		return refuse("the host in url is this machine")
	}
	return nil
}

// isNoURL finds what a URL must not hold as it is.
func isNoURL(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }

func networkOf(address netip.Addr) string {
	if address.Is4() {
		return "tcp4"
	}
	return "tcp6"
}

// endsInNumber reports whether a host that is no address ends with what some programs read as one: 127.1, 0x7f.1, 017700000001.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	last = strings.TrimPrefix(last, "0x")
	return last == "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(host[strings.LastIndexByte(host, '.')+1:], "0x") && strings.Trim(last, "0123456789abcdef") == ""
}

// ParseNetworks reads the networks that are let through: CIDRs and single addresses.
func ParseNetworks(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if address, addressErr := netip.ParseAddr(text); addressErr == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not an address or a CIDR, such as 127.0.0.0/8", text)
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}
