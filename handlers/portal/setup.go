package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// States of a setup page beside those of a payment.
const (
	stateOpen     = "open"
	stateDone     = "done"
	stateDeclined = "declined"
	stateExpired  = "expired"
)

// Setup says what a setup page is for.
type Setup struct {
	ID, Workspace, ReturnURL string
}

// Link names the link to the page.
func (s Setup) Link() endpoint.Link {
	return endpoint.Link{Place: placeSetup, ID: strings.Join([]string{s.ID, s.Workspace, s.ReturnURL}, "/")}
}

func setupOf(c *endpoint.Call) Setup {
	parts := strings.SplitN(c.Opened().ID, "/", 3)
	return Setup{ID: parts[0], Workspace: parts[1], ReturnURL: parts[2]}
}

// setUp adds the payment method that the person gave.
func (r rooms) setUp(c *endpoint.Call, given url.Values) (string, error) {
	setup := setupOf(c)
	found, err := endpoint.Look(c, command.ShowSetup(setup.Workspace, setup.ID))
	if err != nil || found.Method != nil || !found.Now.Before(c.Opened().ExpiresAt) {
		return back(c, err)
	}
	described, err := r.attach(c, setup.Workspace, given.Get("token"))
	if err != nil {
		return back(c, err)
	}
	_, err = endpoint.Do(c, given, command.AddSetupMethod(setup.Workspace, setup.ID, described, given.Get("default") != ""))
	return back(c, err)
}

// showSetup shows the form of a payment method, or the method that it added.
func (r rooms) showSetup(c *endpoint.Call) (endpoint.Rendered, error) {
	setup := setupOf(c)
	found, err := endpoint.Look(c, command.ShowSetup(setup.Workspace, setup.ID))
	if err != nil {
		return endpoint.Rendered{}, err
	}
	s := newSheet(c, found.Seller)
	s.Title, s.Topic, s.Head = "Add a payment method", "For "+setup.Workspace, "Add a payment method"
	status := http.StatusOK
	switch {
	case found.Method != nil:
		s.State = stateDone
		s.Panel = panel{Mark: markGood, Title: "The payment method was added", Facts: []fact{{"Method", methodName(found.Method.Brand, found.Method.Last4)}}}
		if setup.ReturnURL == "" {
			s.Panel.Text = []string{"You can close this page."}
		}
	case !found.Now.Before(c.Opened().ExpiresAt):
		s.State, status = stateExpired, http.StatusGone
		s.Panel = panel{Mark: markBad, Title: "This link has expired", Text: []string{"No payment method was added.", "Please ask " + s.Seller + " for a new one."}}
	default:
		s.State = stateOpen
		s.Panel = panel{Title: "Your payment method"}
		s.refuse(c.Asked("refused"))
		if c.Asked("refused") == codeDeclined {
			s.State = stateDeclined
		}
		s.Panel.Form = &form{
			Key: endpoint.NewID(), Fields: []field{tokenField(s.Panel.Alert)}, Checks: []check{{Name: "default", Label: "Pay all later invoices by it"}},
			Buttons: []button{{Name: "do", Value: "add", Label: "Add the payment method"}},
		}
		s.Panel.Small = s.Seller + " may charge it for invoices. The link is open until " + moment(c.Opened().ExpiresAt, found.Seller) + "."
	}
	if setup.ReturnURL != "" {
		s.Panel.Links = append(s.Panel.Links, link{Label: "Go back", Address: setup.ReturnURL, Quiet: found.Method == nil})
	}
	return s.render(status)
}
