package licensing

import (
	"time"

	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// workspaceLicenseView shows what a workspace may use.
type workspaceLicenseView struct {
	Workspace string                       `json:"workspace" example:"acme"`
	Source    seating.Source               `json:"source" doc:"What gives it."`
	Product   *string                      `json:"product" doc:"null without any plan. That of a license from elsewhere need not be one of this ledger."`
	Price     *string                      `json:"price" doc:"null where nothing was bought."`
	Seats     int64                        `json:"seats" doc:"Purchased; on the free plan the free seats."`
	InUse     int64                        `json:"in_use" doc:"Allocated and reserved by admins and members; on the free plan by guests too."`
	OverLimit int64                        `json:"over_limit" doc:"By how many use exceeds the limits."`
	Status    status                       `json:"status" doc:"The subscription's or the license's; free, or none where the ledger has no free product."`
	Access    entitlement.Access           `json:"access"`
	StartsAt  *time.Time                   `json:"starts_at" doc:"Of the trial, the current period or the license."`
	ExpiresAt *time.Time                   `json:"expires_at" doc:"When it ends unless something happens: a trial, a subscription that was canceled, a license."`
	Features  map[string]view.FeatureValue `json:"features" example:"{\"sso\":true}" doc:"The value of each key, as the features of the workspace say; those that are limited and have no value are left out."`
	License   *string                      `json:"license" doc:"The id of the license that is the plan."`
	Link      *licenseLinkView             `json:"link" doc:"null where no license ever came from elsewhere."`
}

// licenseLinkView shows how a license comes from elsewhere.
type licenseLinkView struct {
	State         installation.LinkState `json:"state" doc:"linked_pending_apply was agreed to by the server, and can't be applied here; error says why. An uploaded file is unlinked."`
	Server        *string                `json:"server" doc:"null for a file."`
	Instance      *string                `json:"instance" doc:"The installation's name among those of the license."`
	Sequence      int64                  `json:"sequence" doc:"Of the license; 0 where it is not known."`
	Ladder        installation.Ladder    `json:"ladder" doc:"By the time since the last conclusive success: a warning after 72 hours, restricted after 7 days, when nobody gets a seat, and read_only after 30. By a file: a warning from its end on, and read_only after its grace."`
	LastSuccessAt *time.Time             `json:"last_success_at" doc:"When the server, or a file, confirmed the license."`
	LastTry       *licenseTryView        `json:"last_try"`
	NextSyncAt    *time.Time             `json:"next_sync_at" doc:"A day after a success, an hour after a failure."`
	Error         *licenseProblemView    `json:"error" doc:"What keeps the license from being confirmed."`
}

// licenseTryView shows how the server was asked.
type licenseTryView struct {
	At         time.Time `json:"at"`
	Conclusive bool      `json:"conclusive" doc:"What is not changes nothing."`
	Code       string    `json:"code" doc:"The server's, or why it could not be asked."`
}

// licenseProblemView shows a problem.
type licenseProblemView struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func viewLicense(l command.WorkspaceLicense) workspaceLicenseView {
	shown := workspaceLicenseView{
		Workspace: l.Workspace, Source: l.Source, Product: endpoint.OrNull(l.Product), Price: endpoint.OrNull(l.Price), Seats: l.Limits.Purchased,
		InUse: l.Limits.InUse(l.Use), OverLimit: l.Limits.OverLimit(l.Use), Status: status(l.Status), Access: l.Access,
		StartsAt: view.InUTC(l.StartsAt), ExpiresAt: view.InUTC(l.ExpiresAt), Features: map[string]view.FeatureValue{},
		License: endpoint.OrNull(l.License), Link: viewLink(l.Installation, l.Now),
	}
	for _, f := range l.Features {
		if f.Value != nil {
			shown.Features[f.Key] = view.FeatureValue(f.Value)
		}
	}
	return shown
}

func viewLink(s installation.State, now time.Time) *licenseLinkView {
	if s.Link == nil && s.Held == nil {
		return nil
	}
	shown := licenseLinkView{State: installation.Free, Ladder: s.Ladder(now)}
	if link := s.Link; link != nil && (link.State != installation.Free || s.Held == nil) {
		shown.State, shown.Server, shown.Instance, shown.Sequence = link.State, endpoint.OrNull(link.Server), endpoint.OrNull(link.Instance), link.Sequence
		shown.LastSuccessAt, shown.NextSyncAt = view.InUTC(link.SuccessAt), view.InUTC(link.NextAt)
		if link.LastTry != nil {
			shown.LastTry = &licenseTryView{At: link.LastTry.At.UTC(), Conclusive: link.LastTry.Conclusive, Code: link.LastTry.Code}
		}
		if link.Error != nil {
			shown.Error = &licenseProblemView{Code: link.Error.Code, Detail: link.Error.Detail}
		}
		return &shown
	}
	shown.Instance, shown.Sequence, shown.LastSuccessAt = endpoint.OrNull(s.Held.Instance), s.Held.Sequence, view.InUTC(&s.Held.ConfirmedAt)
	return &shown
}

func lookAtLicense(c *endpoint.Call) command.Command[command.WorkspaceLicense] {
	return command.LookAtLicense(c.Workspace())
}
