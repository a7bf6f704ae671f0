package api

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tallystick/tallystick/eventstore/pgtest"
)

// Widths of the windows that pages are looked at in.
var windows = map[string]int64{"phone": 360, "desk": 1280}

// missing skips a test whose tool is not there, but where everything must be.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// openChromium starts a Chromium of its own, which leaves nothing behind.
func openChromium(t *testing.T) context.Context {
	t.Helper()
	found, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "there is no chromium, which Debian has a package of")
	}
	home := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(found), chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Env("TMPDIR="+home, "HOME="+home),
		chromedp.NoSandbox, // root has none
		chromedp.Flag("lang", "en"), chromedp.WSURLReadTimeout(pgtest.Patience),
	)
	allocated, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	running, stop := chromedp.NewContext(allocated)
	t.Cleanup(stop)
	if err := chromedp.Do(running); err != nil {
		t.Fatal(err)
	}
	return running
}

// surfer looks at pages in a window of Chromium.
type surfer struct {
	t   *testing.T
	ctx context.Context
	// axe finds barriers, where it is given.
	axe string

	mu     sync.Mutex
	faults []string // what the console said
}

// surf opens a window that shares nothing with others.
func surf(t *testing.T, running context.Context, scripts bool) *surfer {
	t.Helper()
	s := &surfer{t: t}
	ctx, end := chromedp.NewContext(running, chromedp.WithNewBrowserContext(), chromedp.WithListener(s.hear))
	t.Cleanup(end)
	var stop context.CancelFunc
	s.ctx, stop = context.WithTimeout(ctx, pgtest.Patience)
	t.Cleanup(stop)
	s.do(tell(log.Enable, cdp.Empty{}), tell(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}))
	return s
}

// tell sends a command to the browser.
func tell[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// hear notes what the page complains of.
func (s *surfer) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		s.fault(fmt.Sprint(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		s.fault(string(e.Type))
	case *log.EventEntryAdded:
		// A page that refuses, or is gone, is no mistake of the page, which loads nothing else.
		if !strings.Contains(e.Entry.Text, "responded with a status of 4") {
			s.fault(e.Entry.Text)
		}
	}
}

func (s *surfer) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, text)
}

func (s *surfer) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, actions...); err != nil {
		s.t.Fatal(err)
	}
}

// at expects that the page comes to be in a state.
func (s *surfer) at(state string) {
	s.t.Helper()
	s.do(chromedp.WaitReady(chromedp.CSS(`main[data-state="` + state + `"]`)))
}

// open opens a page.
func (s *surfer) open(url, state string) {
	s.t.Helper()
	s.do(chromedp.Navigate(url))
	s.at(state)
}

// pay pays by a token, as a person does: by the keyboard alone.
func (s *surfer) pay(token string) {
	s.t.Helper()
	s.do(chromedp.SendKeys(chromedp.CSS(`input[name=token]`), token+"\r"))
}

// press presses a button.
func (s *surfer) press(selector string) {
	s.t.Helper()
	s.do(chromedp.Click(chromedp.CSS(selector)))
}

// look takes a picture of the page in each window, or looks for barriers there: on the desk by day, and on the phone by night.
func (s *surfer) look(name string) {
	s.t.Helper()
	for window, width := range windows {
		scheme := "light"
		if s.axe != "" && window == "phone" {
			scheme = "dark"
		}
		s.do(
			tell(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1, Mobile: window == "phone"}),
			tell(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
			chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				layout, err := cdp.Call(ctx, target, page.GetLayoutMetrics, cdp.Empty{})
				if err == nil && layout.CSSContentSize.Width > float64(width) {
					err = fmt.Errorf("%s is %v wide in a window of %d", name, layout.CSSContentSize.Width, width)
				}
				return err
			}))
		if s.axe == "" || scheme == "dark" {
			s.picture(fmt.Sprintf("%s-%s-%s.png", name, window, scheme))
		}
		if s.axe != "" {
			s.findBarriers(name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) > 0 {
		s.t.Errorf("%s: the console says %q", name, s.faults)
	}
}

// picture keeps a picture of the page for people.
func (s *surfer) picture(name string) {
	s.t.Helper()
	picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.t.ArtifactDir(), name), picture, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// findBarriers has axe look at the page.
func (s *surfer) findBarriers(name string) {
	s.t.Helper()
	const look = `axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.html)])))`
	found, err := chromedp.Run(s.ctx, chromedp.Evaluate[string](s.axe+";"+look, chromedp.EvalAwaitPromise))
	if err != nil || found != "[]" {
		s.t.Errorf("%s has barriers: %s, %v", name, found, err)
	}
}

// TestPagesInABrowser goes through every state of the pages in a real browser: without scripts, and with them, where axe looks for
// barriers. The pictures are for people: go test -artifacts -outputdir DIR keeps them.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	running := openChromium(t)
	_, c := sandbox(t)
	c.openShop()
	c.put("/v1/products/pro", object{"name": "Fjord Pro"}).is(200)
	c.put("/v1/seller", object{
		"legal_name": "Nordlicht Software GmbH", "address": "Hafenstraße 1\n20457 Hamburg", "country": "DE", "email": "billing@nordlicht.example", "time_zone": "Europe/Berlin",
	}).is(200)
	t.Run("without scripts", func(t *testing.T) {
		c := &client{t: t, base: c.base, token: c.token}
		surf(t, running, false).tour(c, "plain")
	})
	t.Run("with scripts", func(t *testing.T) {
		axe, err := os.ReadFile("../portal/axe/node_modules/axe-core/axe.min.js")
		if err != nil {
			missing(t, "there is no axe, which make clients installs")
		}
		c := &client{t: t, base: c.base, token: c.token}
		s := surf(t, running, true)
		s.axe = string(axe)
		s.tour(c, "scripted")
	})
}

// tour sees every state.
func (s *surfer) tour(c *client, workspace string) {
	name := func(of string) string { return workspace + "-" + of }
	bought := c.link(name("bought"), nil).text("url")
	s.open(bought, "open")
	s.look("open")
	s.pay("tok_nonsense")
	s.at("open")
	s.do(chromedp.WaitReady(chromedp.CSS(`[role=alert][data-code=token_unknown]`)))
	s.look("token-unknown")
	s.pay("tok_insufficient_funds")
	s.at("declined")
	s.look("declined")
	s.pay("tok_ok")
	s.at("paid")
	s.look("paid")

	s.open(c.link(name("waits"), nil).text("url"), "open")
	s.pay("tok_pending_ok")
	s.at("processing")
	s.look("processing")

	for _, outcome := range []string{"approve", "deny"} {
		s.open(c.link(name(outcome), nil).text("url"), "open")
		s.pay("tok_requires_action")
		s.at("requires_action")
		s.look("requires-action")
		s.press(`.links a`)
		s.do(chromedp.WaitReady(chromedp.CSS(`button[value=approve]`)))
		s.look("action")
		s.press(`button[value=` + outcome + `]`)
		state := map[string]string{"approve": "paid", "deny": "declined"}[outcome]
		s.at(state)
		s.look("action-" + outcome)
		s.press(`.links a`)
		s.do(chromedp.WaitReady(chromedp.CSS(`h1#head`)))
		s.at(state)
		s.look("after-" + outcome)
	}

	invoice := c.buy(name("owes"), "pro-month", 2).text("invoice")
	first, second := c.link(name("owes"), object{"invoice": invoice}).text("url"), c.link(name("owes"), object{"invoice": invoice}).text("url")
	s.open(first, "open")
	s.look("invoice")
	s.press(`input[name=keep]`)
	s.pay("tok_ok")
	s.at("paid")
	s.look("invoice-paid")
	s.open(second, "out_of_date")
	s.look("out-of-date")

	canceled := c.link(name("canceled"), nil)
	c.post("/v1/payment-links/"+canceled.text("id")+"/cancel", object{}).is(200)
	s.open(canceled.text("url"), "canceled")
	s.look("canceled")

	setup := c.post("/v1/workspaces/"+name("gives")+"/payment-methods/setup", object{"return_url": "https://example.com/billing"}).is(201).text("url")
	late := c.post("/v1/workspaces/"+name("gives")+"/payment-methods/setup", object{}).is(201).text("url")
	s.open(setup, "open")
	s.look("setup")
	s.pay("tok_refused")
	s.at("declined")
	s.pay("tok_ok")
	s.at("done")
	s.look("setup-done")

	portal := s.portal(c, name("customer"))
	returned := c.link(name("returned"), nil).text("url")
	s.open(returned, "open")
	s.pay("tok_returned")
	s.at("paid")
	expiring := c.link(name("late"), nil).text("url")
	now, err := time.Parse(time.RFC3339, c.get("/v1/clock").is(200).text("now"))
	if err != nil {
		s.t.Fatal(err)
	}
	c.advance(now.Add(24 * time.Hour).Format(time.RFC3339))
	s.open(expiring, "expired")
	s.look("expired")
	s.open(late, "expired")
	s.look("setup-expired")
	s.open(portal, "expired")
	s.look("portal-expired")
	c.advance(now.Add(6 * 24 * time.Hour).Format(time.RFC3339))
	s.open(returned, "declined")
	s.look("returned")
}

// portal does every task of a customer from the first click to the invoice, and gives the address of the pages.
func (s *surfer) portal(c *client, workspace string) string {
	turn := func(tab, page string) {
		s.do(chromedp.Click(chromedp.CSS(`nav a[href$="`+tab+`"]`)), chromedp.WaitReady(chromedp.CSS(`main[data-page="`+page+`"]`)))
	}
	done := func() { s.do(chromedp.WaitReady(chromedp.CSS(`[role=status]`))) }
	c.collect(workspace, "pro-month", 3)
	home := c.post("/v1/workspaces/"+workspace+"/portal", object{"return_url": "https://example.com/billing"}).is(201).text("url")
	s.open(home, "active")
	s.look("portal-home")
	turn("/payment-methods", "payment-methods")
	s.pay("tok_refused")
	s.do(chromedp.WaitReady(chromedp.CSS(`[data-code=payment_method_declined]`)))
	s.look("portal-method-refused")
	s.pay("tok_ok")
	done()
	s.look("portal-methods")
	turn("/seats", "seats")
	s.look("portal-seats")
	s.do(chromedp.SetValue(chromedp.CSS(`input[name=seats]`), "5"), chromedp.Click(chromedp.CSS(`main button`)), chromedp.WaitReady(chromedp.CSS(`input[name=quote]`)))
	s.look("portal-seats-preview")
	s.press(`button[name=do]`)
	done()
	turn("/upgrade", "upgrade")
	s.look("portal-upgrade")
	s.do(chromedp.Click(chromedp.CSS(`a[href="?price=team-month"]`)), chromedp.WaitReady(chromedp.CSS(`input[name=quote]`)))
	s.look("portal-upgrade-preview")
	s.press(`button[name=do]`)
	done()
	turn("/billing-details", "billing-details")
	s.do(chromedp.SendKeys(chromedp.CSS(`input[name=name]`), "Ada Lovelace"), chromedp.SendKeys(chromedp.CSS(`input[name=country]`), "Germany\r"))
	s.do(chromedp.WaitReady(chromedp.CSS(`[data-code=country_invalid]`)), chromedp.WaitReady(chromedp.CSS(`input[name=name][value="Ada Lovelace"]`)),
		chromedp.WaitReady(chromedp.CSS(`input[name=country][value=Germany][aria-invalid]`)))
	s.look("portal-details-refused")
	turn("/invoices", "invoices")
	s.look("portal-invoices")
	s.open(home+"/cancel", "active")
	s.look("portal-cancel")
	s.press(`button[name=do]`)
	done()
	s.look("portal-canceled")
	return home
}
