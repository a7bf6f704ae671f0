package stripe

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/stripe/stripetest"
)

// mockVersion is that of Stripe's own mock, which holds each request against Stripe's OpenAPI document.
const mockVersion = "v0.203.0"

var (
	mockOnce sync.Once
	mockURL  string
	mockErr  error
	mockEnd  = func() {}
)

func TestMain(m *testing.M) {
	code := m.Run()
	mockEnd()
	os.Exit(code)
}

// mock starts Stripe's own mock once, and gives its address. Without it the requests are only looked at by the server of ours.
func mock(t *testing.T) string {
	t.Helper()
	mockOnce.Do(func() { mockURL, mockErr = startMock() })
	if mockErr != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(mockErr)
		}
		t.Skipf("stripe-mock can't be built here: %v", mockErr)
	}
	return mockURL
}

func startMock() (string, error) {
	dir, err := os.MkdirTemp("", "stripe-mock")
	if err != nil {
		return "", err
	}
	install := exec.Command("go", "install", "github.com/stripe/stripe-mock@"+mockVersion)
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod")
	if said, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	run := exec.Command(filepath.Join(dir, "stripe-mock"), "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	out, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	mockEnd = func() {
		_ = run.Process.Kill()
		_ = run.Wait()
		_ = os.RemoveAll(dir)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "Listening for HTTP at address: "); ok {
			go func() {
				for lines.Scan() {
				}
			}()
			return "http://" + address, nil
		}
	}
	return "", fmt.Errorf("stripe-mock said no address: %w", lines.Err())
}

const secretKey = "sk_test_never_shown"

// keys has one ledger's secret key.
type keys string

func (k keys) SecretKey(context.Context, eventstore.Ledger, string) (string, error) {
	return string(k), nil
}

// bench is the adapter with a Stripe of ours on its other side, whose requests Stripe's own mock sees as well.
type bench struct {
	*Gateway
	*stripetest.Server
	t      *testing.T
	ledger eventstore.Ledger
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, ledger: eventstore.Ledger{ID: uuid.New()}}
	var err error
	if b.Server, err = stripetest.New(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Server.Close(); err != nil {
			t.Errorf("what was asked: %v", err)
		}
	})
	b.Check = stripetest.Mock(mock(t))
	b.Gateway = New(Options{Secrets: keys(secretKey), URL: b.URL, ReturnURL: "https://shop.example/back"})
	return b
}

// attached gives the token of a payment method of the workspace acme that behaves so.
func (b *bench) attached(behaviours ...stripetest.Behaviour) string {
	b.t.Helper()
	described, err := b.Attach(b.t.Context(), b.ledger, "acme", b.Server.Method(behaviours...))
	if err != nil {
		b.t.Fatal(err)
	}
	return described.Token
}

func usd(minor int64) money.Amount {
	amount, err := money.FromMinor("USD", minor)
	if err != nil {
		panic(err) // the currency is valid
	}
	return amount
}

// first makes the first charge of a payment.
func first(payment, token string) gateway.Charge {
	return gateway.Charge{
		Key: payment + ":1", Payment: payment, Attempt: 1, Workspace: "acme", Token: token, Amount: usd(3600), RequestedAt: begin, Now: begin,
	}
}
