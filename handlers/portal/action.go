package portal

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/paper"
)

// act answers for the customer of the sandbox gateway, and tells the payment what came of it. The gateway takes the first answer.
func (r rooms) act(c *endpoint.Call, given url.Values) (string, error) {
	outcome := given.Get("outcome")
	if outcome != "approve" && outcome != "deny" {
		return c.Self(""), nil
	}
	id, n, err := attemptOf(c)
	if err != nil {
		return "", err
	}
	found, err := r.gateways.Find(c.Ledger, gateway.Sandbox)
	if err != nil {
		return back(c, err)
	}
	actor, ok := found.(gateway.Actor)
	if !ok {
		return c.Self("gateway_unknown"), nil
	}
	answer, err := actor.Act(c.Context(), c.Ledger, payment.Key(id, n), outcome == "approve")
	if err != nil {
		return back(c, err)
	}
	answer.N = n
	given = url.Values{"key": {payment.Key(id, n) + string(answer.Status)}} // the gateway tells a repeat
	if _, err := endpoint.Do(c, given, command.AnswerPayment(id, answer)); err != nil {
		return back(c, err)
	}
	return c.Self(""), nil
}

// askedOutcome names the parameter that Stripe adds to an address that it leads a customer back to.
const askedOutcome = "redirect_status"

// attemptOf reads which attempt a link is for.
func attemptOf(c *endpoint.Call) (id string, n int, err error) {
	id, number, _ := strings.Cut(c.Opened().ID, "/")
	n, err = strconv.Atoi(number)
	return id, n, err
}

// LeadToActions tells gateways where their customers confirm charges, or see what came of that.
func LeadToActions(server *endpoint.Server, gateways gateway.Set) {
	page := func(ctx context.Context, ledger eventstore.Ledger, key string, expires time.Time) (string, error) {
		link := endpoint.Link{Place: placeAction, ID: strings.Replace(key, ":", "/", 1), ExpiresAt: expires}
		return server.LinkURL(ctx, ledger.ID, actionPath, link)
	}
	for _, g := range gateways {
		if leader, ok := g.(gateway.Leader); ok {
			leader.LeadTo(page)
		}
	}
}

// showAction shows a charge that the customer must confirm.
func (r rooms) showAction(c *endpoint.Call) (endpoint.Rendered, error) {
	id, n, err := attemptOf(c)
	if err != nil {
		return endpoint.Rendered{}, err
	}
	found, err := endpoint.Look(c, command.ShowAction(id, n))
	if err != nil {
		return endpoint.Rendered{}, err
	}
	s := newSheet(c, found.Seller)
	own := found.Attempt.Gateway == gateway.Sandbox
	s.Title, s.Topic, s.Head = "Confirm your payment", "Sandbox bank", "Confirm your payment"
	if !own {
		s.Topic, s.Head = "For "+found.Workspace, "Your payment"
	}
	s.State, s.Amount, s.Note = string(found.Standing), paper.Price(found.Attempt.Amount), "to "+s.Seller
	status := http.StatusOK
	switch found.Standing {
	case command.StandingRequiresAction:
		if !own && c.Asked(askedOutcome) == "succeeded" {
			s.State, s.Panel = string(command.StandingProcessing), processing()
			break
		}
		if !found.Now.Before(c.Opened().ExpiresAt) {
			s.State, status = string(command.StandingExpired), http.StatusGone
			s.Panel = panel{Mark: markBad, Title: "The time to confirm is over", Text: []string{"Nothing was charged."}}
			break
		}
		if !own {
			s.Panel = mustConfirm(found.Attempt, found.Seller)
			break
		}
		s.Panel = panel{
			Title: "Is this you?", Text: []string{"This page stands for a bank that asks its customer. Both answers can be tried."},
			Form: &form{Key: endpoint.NewID(), Buttons: []button{
				{Name: "outcome", Value: "approve", Label: "Approve"}, {Name: "outcome", Value: "deny", Label: "Deny", Quiet: true},
			}},
			Small: "You have time until " + moment(c.Opened().ExpiresAt, found.Seller) + ".",
		}
		s.refuse(c.Asked("refused"))
	case command.StandingPaid:
		s.Panel = panel{Mark: markGood, Title: "You confirmed the payment", Text: []string{"You can close this page."}}
		if !own {
			s.Panel.Title = "Thank you, it is paid"
		}
	case command.StandingDeclined:
		s.Panel = panel{Mark: markBad, Title: "The payment was not made", Text: []string{declined(found.Attempt.Failure).Text}}
	case command.StandingReversed:
		s.State, s.Panel = string(command.StandingDeclined), reversed(found.Attempt, s.Seller)
	case command.StandingOpen, command.StandingProcessing, command.StandingExpired, command.StandingCanceled, command.StandingOutOfDate:
		s.Panel = processing()
	}
	if l := found.Link; l != nil {
		s.Panel.Links = append(s.Panel.Links, link{
			Label: "Back to the payment page", Address: c.LinkURL(PayPath, PayLink(*l)), Quiet: found.Standing == command.StandingRequiresAction,
		})
	}
	return s.render(status)
}
