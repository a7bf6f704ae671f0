package courier

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// Words for why an attempt failed.
const (
	ErrorTimeout        = "timeout"
	ErrorRefused        = "refused" // no connection, or one that broke
	ErrorDNS            = "dns"
	ErrorTLS            = "tls"
	ErrorAddressRefused = "address_refused"
	ErrorRedirect       = "redirect"
	ErrorStatus         = "status"
)

// Errors lists all of them.
var Errors = []string{ErrorTimeout, ErrorRefused, ErrorDNS, ErrorTLS, ErrorAddressRefused, ErrorRedirect, ErrorStatus}

const (
	answerMax   = 64 << 10 // bytes that are read of an answer
	idlePerHost = 32
	idleFor     = 60 * time.Second
)

// Sender sends bodies.
type Sender struct {
	client  *http.Client
	dialers [2]*net.Dialer // of http and of https
	timeout time.Duration
	agent   string
}

// NewSender makes a sender that gives each attempt so long. The agent names the program to endpoints.
func NewSender(policy *Policy, timeout time.Duration, agent string) *Sender {
	dialer := func(plain bool) *net.Dialer { return &net.Dialer{Timeout: timeout, Control: policy.judge(plain)} }
	plain, secure := dialer(true), dialer(false)
	transport := &http.Transport{
		Proxy: nil, DialContext: plain.DialContext, MaxIdleConns: 0, MaxIdleConnsPerHost: idlePerHost, IdleConnTimeout: idleFor,
		TLSHandshakeTimeout: timeout, MaxResponseHeaderBytes: answerMax, DisableCompression: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	transport.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := secure.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		config := transport.TLSClientConfig.Clone()
		config.ServerName = host
		encrypted := tls.Client(conn, config)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(&handshakeError{err}, conn.Close())
		}
		return encrypted, nil
	}
	return &Sender{timeout: timeout, agent: agent, dialers: [2]*net.Dialer{plain, secure}, client: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// Letter is a body to be sent.
type Letter struct {
	URL     string
	ID      string // of the news, the same at every attempt
	Body    []byte
	Secrets []string // that sign, the newest first
}

// Answer tells what came of an attempt: the status that was answered, or 0, and why it failed, or "".
type Answer struct {
	Status int
	Error  string
	Took   time.Duration
}

// Delivered reports whether the endpoint took the news.
func (a Answer) Delivered() bool { return a.Error == "" }

// Send makes one attempt. It fails only where ctx ends or the letter can't be sent at all.
func (s *Sender) Send(ctx context.Context, l Letter) (a Answer, err error) {
	begun := time.Now()
	attempt, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(attempt, http.MethodPost, l.URL, bytes.NewReader(l.Body))
	if err != nil {
		return a, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", s.agent)
	if err := Sign(request.Header, l.ID, begun, l.Body, l.Secrets); err != nil {
		return a, err
	}
	a.Status, err = s.do(request)
	a.Took = time.Since(begun)
	switch {
	case ctx.Err() != nil:
		return a, ctx.Err()
	case err != nil:
		a.Status, a.Error = 0, wordOf(err)
	case a.Status >= 300 && a.Status < 400:
		a.Error = ErrorRedirect
	case a.Status < 200 || a.Status >= 300:
		a.Error = ErrorStatus
	}
	return a, nil
}

// do gives the status of the answer, whose body it reads to its end if that is near.
func (s *Sender) do(request *http.Request) (status int, err error) {
	response, err := s.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.CopyN(io.Discard, response.Body, answerMax); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	return response.StatusCode, nil
}

// wordOf sorts why there was no answer.
func wordOf(err error) string {
	var name *net.DNSError
	var handshake *handshakeError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var timeout net.Error
	switch {
	case errors.Is(err, errRefused):
		return ErrorAddressRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return ErrorTimeout
	case errors.As(err, &name):
		return ErrorDNS
	case errors.As(err, &timeout) && timeout.Timeout():
		return ErrorTimeout
	case errors.As(err, &handshake), errors.As(err, &certificate), errors.As(err, &authority):
		return ErrorTLS
	}
	return ErrorRefused
}
