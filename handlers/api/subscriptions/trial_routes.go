package subscriptions

import (
	"net/http"
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

var trialWaits = endpoint.Conflict("change_in_progress", "a change waits for its money")

var trialRoutes = []endpoint.Route{
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/trial", ID: "start-trial", Tag: tagTrial, Roles: endpoint.RolesWorkspaces,
		Summary: "Start a trial", Status: http.StatusCreated,
		Text: "A workspace tries each family of products once. The trial has a subscription with the status trialing, and its seats are " +
			"open at once; seats and plan change at once, free of charge. It lasts the price's trial_days, the day of the start " +
			"included. At its end a payment method or send_invoice makes it paid, and else at_end says what becomes of it: free " +
			"and cancel end it, pause keeps it and lets nobody in. The ETag is the subscription's.",
		Example: map[string]any{"price": "pro-year", "seats": 5},
		Needs: "the price pro-year, which is the other example of a price, and a workspace that has no subscription and never tried " +
			"a plan, such as globex",
		Refusals: slices.Concat(
			endpoint.Conflict("trial_already_used", "the workspace has tried the family; with start and trial_status"),
			endpoint.Conflict("subscription_exists", "the workspace has a subscription that has not ended"),
			endpoint.Conflict("license_active", "the workspace's plan is a license"),
			endpoint.Conflict("seats_in_use", "more seats are in use than asked for"),
			endpoint.Unprocessable("no_trial", "the price has no trial_days"),
			endpoint.Unprocessable("currency_mismatch", "the coupon takes off an amount of another currency"),
			view.TooFarBehind, view.AmountOutOfRange, notForSale,
			endpoint.Invalid("name_invalid", "seats_out_of_range", "time_zone_unknown", "at_end_invalid", "coupon_not_found")),
	}, startTrial, viewTrialResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/trial/convert", ID: "convert-trial", Tag: tagTrial,
		Roles: endpoint.RolesWorkspaces, Summary: "Convert a trial", Waits: true,
		Text: "The trial becomes paid. With the anchor now the first paid period begins and is billed now; where money is collected it is a trial " +
			"until that came, which it may for 23 hours and never past its end. With trial_end it becomes paid at its end.",
		Example: map[string]any{"collection": "send_invoice"},
		Needs:   "a trial",
		Refusals: slices.Concat(onLive, trialWaits, view.AmountOutOfRange, view.PaymentPastDue, view.PaymentDeclined,
			endpoint.Conflict("currency_mismatch", "the price is in another currency"),
			endpoint.Conflict("family_mismatch", "the price is of another family"),
			endpoint.Conflict("seats_in_use", "more seats are in use than asked for"),
			notForSale,
			endpoint.Unprocessable("currency_mismatch", "the coupon takes off an amount of another currency"),
			endpoint.Invalid("name_invalid", "seats_out_of_range", "collection_invalid", "payment_method_not_found", "anchor_invalid",
				"coupon_not_found")),
	}, convertTrial, viewTrialResult),
	endpoint.PlainCommand(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/trial/cancel", ID: "cancel-trial", Tag: tagTrial,
		Roles: endpoint.RolesWorkspaces, Summary: "Cancel a trial", Refusals: onLive,
		Text: "At once. The workspace is on the free plan then. Nobody loses a seat, but nobody gets one until the free plan has room.",
	}, endpoint.OfWorkspace(command.CancelTrial), viewTrialResult),
	endpoint.Command(endpoint.Route{
		Method: http.MethodPost, Path: "/v1/workspaces/{workspace}/trial/extend", ID: "extend-trial", Tag: tagTrial, Roles: endpoint.RolesAdmin,
		Summary:  "Extend a trial",
		Example:  map[string]any{"end": endpoint.InAMonth{}, "reason": "the integration took longer"},
		Needs:    "a trial that ends before",
		Refusals: slices.Concat(onLive, trialWaits, endpoint.Invalid("end_invalid", "reason_invalid")),
	}, extendTrial, viewTrialResult),
	endpoint.Query(endpoint.Route{
		Method: http.MethodGet, Path: "/v1/workspaces/{workspace}/trial", ID: "list-trials", Tag: tagTrial, Roles: endpoint.RolesAll,
		Summary: "List a workspace's trials", Text: "In the order of the families' names. A trial whose time is up has ended, whether " +
			"or not anything has happened since.",
		Parameters: endpoint.ListParameters(),
	}, projections.Plans, listTrials),
}
