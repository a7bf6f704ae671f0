package courier

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"golang.org/x/net/dns/dnsmessage"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// patience is longer than any answer of a test takes.
const patience = time.Minute

func send(t *testing.T, s *Sender, url string, secrets ...string) Answer {
	t.Helper()
	answer, err := s.Send(t.Context(), Letter{URL: url, ID: "01a2", Body: []byte(`{"type":"webhook.test"}`), Secrets: secrets})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestStrangersVerify has the library of Standard Webhooks verify what is sent, with each of two secrets.
func TestStrangersVerify(t *testing.T) {
	t.Parallel()
	secrets := []string{NewSecret(), NewSecret()}
	var verified atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			t.Error(err)
		}
		for _, secret := range secrets {
			stranger, err := standardwebhooks.NewWebhook(secret)
			if err == nil {
				err = stranger.Verify(body, r.Header)
			}
			if err != nil {
				t.Error(err)
			}
			if stranger.Verify(append(body, ' '), r.Header) == nil {
				t.Error("another body is verified")
			}
			verified.Add(1)
		}
		if r.Header.Get("webhook-id") != "01a2" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("User-Agent") != "Tallystick/test" {
			t.Errorf("%v", r.Header)
		}
	}))
	defer receiver.Close()
	if a := send(t, NewSender(NewPolicy(loopback), patience, "Tallystick/test"), receiver.URL, secrets...); !a.Delivered() || a.Status != 200 || verified.Load() != 2 {
		t.Errorf("%+v", a)
	}
}

// TestTheExampleOfTheSpecification signs the message that Standard Webhooks shows.
func TestTheExampleOfTheSpecification(t *testing.T) {
	t.Parallel()
	header := http.Header{}
	err := Sign(header, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`), []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	if got := header.Get("webhook-signature"); err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s, %v", got, err)
	}
	if err := Sign(header, "x", time.Now(), nil, []string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}); err == nil {
		t.Error("a secret without its prefix signs")
	}
}

// TestWhyAnAttemptFailed asks receivers that do all that they should not.
func TestWhyAnAttemptFailed(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/410", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	mux.HandleFunc("/302", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/followed", http.StatusFound) })
	mux.HandleFunc("/inward", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/followed", func(http.ResponseWriter, *http.Request) { followed.Store(true) })
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // until then nobody notices that the sender is gone
		<-r.Context().Done()
	})
	mux.HandleFunc("/cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 10<<20)) })
	receiver, encrypted := httptest.NewServer(mux), httptest.NewTLSServer(mux)
	defer receiver.Close()
	defer encrypted.Close()
	closed := httptest.NewServer(mux)
	closed.Close()
	open, shut := NewSender(NewPolicy(loopback), patience, "test"), NewSender(NewPolicy(nil), patience, "test")
	for name, test := range map[string]struct {
		sender *Sender
		url    string
		status int
		word   string
	}{
		"500":                  {open, receiver.URL + "/500", 500, ErrorStatus},
		"410":                  {open, receiver.URL + "/410", 410, ErrorStatus},
		"a redirect":           {open, receiver.URL + "/302", 302, ErrorRedirect},
		"a redirect inward":    {open, receiver.URL + "/inward", 307, ErrorRedirect},
		"a hang":               {NewSender(NewPolicy(loopback), 100*time.Millisecond, "test"), receiver.URL + "/hang", 0, ErrorTimeout},
		"a cut connection":     {open, receiver.URL + "/cut", 0, ErrorRefused},
		"nobody listens":       {open, closed.URL, 0, ErrorRefused},
		"an endless answer":    {open, receiver.URL + "/endless", 200, ""},
		"an unknown authority": {open, encrypted.URL, 0, ErrorTLS},
		"no TLS":               {open, strings.Replace(receiver.URL, "http:", "https:", 1), 0, ErrorTLS},
		"a private address":    {shut, encrypted.URL, 0, ErrorAddressRefused},
		"by http":              {shut, receiver.URL, 0, ErrorAddressRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if a := send(t, test.sender, test.url, NewSecret()); a.Status != test.status || a.Error != test.word {
				t.Errorf("%+v, want %d %s", a, test.status, test.word)
			}
		})
	}
	if followed.Load() {
		t.Error("a redirect was followed")
	}
}

// TestANameThatChangesItsAnswer is led to an address that is allowed, and then to one that is not.
func TestANameThatChangesItsAnswer(t *testing.T) {
	t.Parallel()
	var changed atomic.Bool
	var reached atomic.Int32
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.Header().Set("Connection", "close")
	}))
	receiver.Listener.Close()
	var err error
	if receiver.Listener, err = net.Listen("tcp", "0.0.0.0:0"); err != nil {
		t.Fatal(err)
	}
	receiver.Start()
	defer receiver.Close()
	s := NewSender(NewPolicy([]netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}), patience, "test")
	for _, dialer := range s.dialers {
		dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			return nameServer(func() [4]byte {
				if changed.Load() {
					return [4]byte{127, 0, 0, 1}
				}
				return [4]byte{127, 0, 0, 2}
			}), nil
		}}
	}
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	url := "http://changing.example:" + port
	if a := send(t, s, url, NewSecret()); !a.Delivered() {
		t.Errorf("at first: %+v", a)
	}
	changed.Store(true)
	if a := send(t, s, url, NewSecret()); a.Error != ErrorAddressRefused || reached.Load() != 1 {
		t.Errorf("then: %+v, and the receiver was reached %d times", a, reached.Load())
	}
}

// nameServer answers questions for IPv4 addresses on a connection, as a stream.
func nameServer(answer func() [4]byte) net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		defer ours.Close()
		size := make([]byte, 2)
		for {
			if _, err := ours.Read(size); err != nil {
				return
			}
			question := make([]byte, int(size[0])<<8|int(size[1]))
			if _, err := ours.Read(question); err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(question) != nil || len(m.Questions) != 1 {
				return
			}
			m.Response = true
			m.Additionals = nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: answer()},
				}}
			}
			packed, err := m.Pack()
			if err != nil {
				return
			}
			if _, err := ours.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...)); err != nil {
				return
			}
		}
	}()
	return theirs
}

// nodeTools is the directory where npm ci puts the packages of others.
const nodeTools = "../api/client/contract"

// TestStrangersInNodeVerify has the npm package of Standard Webhooks verify what is signed here.
func TestStrangersInNodeVerify(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(nodeTools + "/node_modules/standardwebhooks"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the npm packages are not installed: make clients")
		}
		t.Skip("the npm packages are not installed: make clients")
	}
	secrets := []string{NewSecret(), NewSecret()}
	header, body := http.Header{}, `{"type":"invoice.paid","data":{"workspace":"zoë"}}`
	if err := Sign(header, "01a2", time.Now(), []byte(body), secrets); err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		script := exec.CommandContext(t.Context(), "node", "-e", `
			const { Webhook } = require("standardwebhooks");
			const [secret, body, id, timestamp, signature] = process.argv.slice(1);
			const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
			new Webhook(secret).verify(body, headers);
			try { new Webhook(secret).verify(body + " ", headers); } catch { process.exit(0); }
			process.exit(2);`, secret, body, header.Get("webhook-id"), header.Get("webhook-timestamp"), header.Get("webhook-signature"))
		script.Dir = nodeTools
		if output, err := script.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	}
}
