package demo

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// sight is worth a look: an address for a browser, or a command for a shell.
type sight struct{ title, what string }

// sights lists what to look at.
func (t *till) sights(ctx context.Context, s stage) ([]sight, error) {
	pages, err := t.pages(ctx)
	if err != nil {
		return nil, err
	}
	get := func(title, path string) sight {
		return sight{title, fmt.Sprintf(`curl -s -H "Authorization: Bearer %s" '%s%s'`, s.bearer, s.url, path)}
	}
	var first []sight
	if s.started && !s.stays {
		first = []sight{{"The server has ended. Start it again to look at the rest", fmt.Sprintf("%s serve%s --listen %s", os.Args[0], s.flags, strings.TrimPrefix(s.url, "http://"))}}
	}
	shown := slices.Concat(first, pages, []sight{
		{"The API, with a guide", s.url + "/docs"},
		get("How aurora-labs went from a trial to a yearly plan, in words", "/v1/workspaces/aurora-labs/timeline"),
		get("What cedar-clinic has, and what happens next since it has not paid", "/v1/workspaces/cedar-clinic/current-plan"),
		get("Invoices that are overdue", "/v1/invoices?overdue=true"),
		get("What waits for an operator", "/v1/jobs?status=parked"),
		get("All that happened, event by event", "/v1/events?limit=100"),
	})
	if s.ours {
		show := func(title, what string) sight {
			return sight{title, fmt.Sprintf("%s show %s --ledger %s%s", os.Args[0], what, s.ledger, s.flags)}
		}
		shown = append(shown, show("The same from the shell: a workspace that has lost access", "workspace dune-design"),
			show("An invoice with its payments and credit notes", "invoice INV-000002"))
	}
	return shown, nil
}

// pages makes links to the pages for people.
func (t *till) pages(ctx context.Context) ([]sight, error) {
	portal, err := t.OpenPortal(ctx, "aurora-labs", &client.OpenPortalParams{}, client.OpenPortalBody{})
	if err != nil {
		return nil, err
	}
	invoice, err := t.lastInvoice(ctx, "birch-books", func(i client.Invoice) bool { return i.Status == client.InvoiceStatusFinalized })
	if err != nil {
		return nil, err
	}
	document, err := t.LinkInvoice(ctx, invoice.ID, &client.LinkInvoiceParams{}, client.LinkInvoiceBody{})
	if err != nil {
		return nil, err
	}
	shown := []sight{{"The customer's page of aurora-labs", portal.JSON.URL}, {"An invoice, as a page; with /pdf behind it, as a PDF", document.JSON.URL}}
	if owed, err := t.invoiceLink(ctx, "cedar-clinic"); err == nil {
		shown = append(shown, sight{"The page on which cedar-clinic may pay what it owes, with the token tok_ok", owed.URL})
	}
	return shown, nil
}
