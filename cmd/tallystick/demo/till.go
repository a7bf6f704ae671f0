package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// till does the seller's business with one server, one request after another.
type till struct {
	*client.Client
	// year begins the year that is told.
	year time.Time
	now  time.Time
	// sent counts what was asked for, and seen is the last position that an answer named.
	sent int
	seen string
}

// openTill makes a till that sends each command with a key of its own, and shows each question what was done before.
func openTill(server, key string) (*till, error) {
	t := &till{}
	opened, err := client.New(server, client.WithKey(key), client.WithDoer(t), client.WithRequestEditor(t.sign))
	t.Client = opened
	return t, err
}

// sign numbers a command, and lets a question wait for the last one.
func (t *till) sign(_ context.Context, request *http.Request) error {
	if request.Method != http.MethodGet {
		t.sent++
		request.Header.Set("Idempotency-Key", fmt.Sprintf("demo-%04d", t.sent))
	} else if t.seen != "" {
		request.Header.Set("Min-Position", t.seen)
	}
	return nil
}

// Do sends a request and remembers the position of its answer.
func (t *till) Do(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(request)
	if err == nil && response.Header.Get("Ledger-Position") != "" {
		t.seen = response.Header.Get("Ledger-Position")
	}
	return response, err
}

// advance lets the sandbox's time pass, with all that is due on the way.
func (t *till) advance(ctx context.Context, to time.Time) error {
	if !to.After(t.now) {
		return nil
	}
	_, err := t.AdvanceClock(ctx, nil, client.AdvanceClockBody{To: to})
	if err != nil {
		return fmt.Errorf("advance the clock to %s: %w", to.Format(time.RFC3339), err)
	}
	t.now = to
	return nil
}

// wholePage asks for as many entries as a page has.
var wholePage = new(int64(100))

// outstanding reports whether money is owed on an invoice.
func outstanding(i client.Invoice) bool {
	return i.Status == client.InvoiceStatusFinalized && !strings.HasPrefix(i.AmountOutstanding.Amount, "-") &&
		strings.Trim(i.AmountOutstanding.Amount, "0.") != ""
}

// invoices lists the invoices of a workspace that are wanted, at least one, by the time of their issue.
func (t *till) invoices(ctx context.Context, workspace string, wanted func(client.Invoice) bool) ([]client.Invoice, error) {
	list, err := t.ListWorkspaceInvoices(ctx, workspace, &client.ListWorkspaceInvoicesParams{Limit: wholePage})
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(list.JSON.Data, func(i client.Invoice) bool { return i.IssuedAt == nil || !wanted(i) })
	if len(found) == 0 {
		return nil, errors.New("there is no such invoice")
	}
	slices.SortStableFunc(found, func(a, b client.Invoice) int { return a.IssuedAt.Compare(*b.IssuedAt) })
	return found, nil
}

// lastInvoice gives the invoice of a workspace that was issued last, of those that are wanted.
func (t *till) lastInvoice(ctx context.Context, workspace string, wanted func(client.Invoice) bool) (client.Invoice, error) {
	found, err := t.invoices(ctx, workspace, wanted)
	if err != nil {
		return client.Invoice{}, err
	}
	return found[len(found)-1], nil
}

// oldestUnpaid gives the invoice of a workspace on which money has been owed for longest.
func (t *till) oldestUnpaid(ctx context.Context, workspace string) (client.Invoice, error) {
	found, err := t.invoices(ctx, workspace, outstanding)
	if err != nil {
		return client.Invoice{}, err
	}
	return found[0], nil
}

// lastPayment gives the payment of a workspace that succeeded last.
func (t *till) lastPayment(ctx context.Context, workspace string) (last client.Payment, err error) {
	list, err := t.ListWorkspacePayments(ctx, workspace, &client.ListWorkspacePaymentsParams{Limit: wholePage})
	if err != nil {
		return last, err
	}
	for _, payment := range list.JSON.Data {
		if payment.SucceededAt != nil && (last.ID == "" || !payment.SucceededAt.Before(*last.SucceededAt)) {
			last = payment
		}
	}
	if last.ID == "" {
		return last, errors.New("there is no payment that succeeded")
	}
	return last, nil
}

// formKey finds the key by which a page knows its form again.
var formKey = regexp.MustCompile(`name="key" value="([^"]+)"`)

// send fills in the form of a page, as a person does.
func (t *till) send(ctx context.Context, page string, fields url.Values) error {
	shown, err := ask(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	found := formKey.FindStringSubmatch(shown)
	if found == nil {
		return fmt.Errorf("the page %s has no form", page)
	}
	fields.Set("key", found[1])
	_, err = ask(ctx, http.MethodPost, page, fields)
	return err
}

// pageMax limits what is read of a page.
const pageMax = 1 << 20

// ask asks for a page, with the fields of its form if it has any, and follows where it leads.
func ask(ctx context.Context, method, address string, fields url.Values) (string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", err
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, pageMax))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, address, response.Status)
	}
	return string(text), err
}
