package webhooks

import (
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
)

// News gives the type of news that an event makes, "" for none. No event makes two, because its id is that of the news.
func News(fact domain.Event) string {
	if of := news[fact.EventType()]; of != nil {
		return of(fact)
	}
	return ""
}

// news holds all events of the streams that the model reads. Those of other streams make none.
var news = map[string]func(domain.Event) string{
	subscription.Created{}.EventType():               always("subscription.created"),
	subscription.Activated{}.EventType():             always("subscription.activated"),
	subscription.Expired{}.EventType():               always("subscription.expired"),
	subscription.Upgraded{}.EventType():              always("subscription.upgraded"),
	subscription.Downgraded{}.EventType():            always("subscription.downgraded"),
	subscription.SeatsChanged{}.EventType():          always("subscription.seats_changed"),
	subscription.ChangeScheduled{}.EventType():       always("subscription.change_scheduled"),
	subscription.ChangeUnscheduled{}.EventType():     always("subscription.change_unscheduled"),
	subscription.Renewed{}.EventType():               always("subscription.renewed"),
	subscription.CancellationScheduled{}.EventType(): always("subscription.cancellation_scheduled"),
	subscription.CancellationRevoked{}.EventType():   always("subscription.cancellation_revoked"),
	subscription.Canceled{}.EventType():              always("subscription.canceled"),
	subscription.Paused{}.EventType():                always("subscription.paused"),
	subscription.Resumed{}.EventType():               always("subscription.resumed"),
	subscription.BecamePastDue{}.EventType():         always("subscription.past_due"),
	subscription.Restricted{}.EventType():            always("subscription.restricted"),
	subscription.Recovered{}.EventType():             always("subscription.recovered"),
	subscription.TrialConverted{}.EventType():        always("subscription.activated"),
	subscription.UpdatePending{}.EventType():         nil, // what it waits for makes news, or its lapse
	subscription.UpdateApplied{}.EventType():         nil,
	subscription.UpdateExpired{}.EventType():         nil,
	subscription.UpdateHeld{}.EventType():            nil,
	subscription.UpdateCanceled{}.EventType():        nil,
	subscription.Billed{}.EventType():                nil, // the invoice's news tell
	subscription.LinesCredited{}.EventType():         nil,
	subscription.TakenBack{}.EventType():             nil,
	subscription.InvoiceSettled{}.EventType():        nil,
	subscription.InvoiceOwedAgain{}.EventType():      nil, // what follows tells
	subscription.DunningBegan{}.EventType():          nil,
	subscription.DunningHeld{}.EventType():           nil,
	subscription.DunningReleased{}.EventType():       nil,
	subscription.RestrictionLifted{}.EventType():     always("subscription.past_due"),
	subscription.CollectionChanged{}.EventType():     nil,
	subscription.DiscountApplied{}.EventType():       nil,
	subscription.DiscountRemoved{}.EventType():       nil,
	subscription.TrialExtended{}.EventType():         nil, // the trial's news tell
	subscription.ConversionScheduled{}.EventType():   nil,

	trial.Started{}.EventType():      always("trial.started"),
	trial.Reminded{}.EventType():     always("trial.ending"),
	trial.Extended{}.EventType():     always("trial.extended"),
	trial.Ended{}.EventType():        ofEndedTrial,
	trial.PriceChanged{}.EventType(): nil,

	invoice.Finalized{}.EventType():       always("invoice.finalized"),
	invoice.PaymentRecorded{}.EventType(): ofPaidInvoice,
	invoice.CreditApplied{}.EventType():   ofPaidInvoice,
	invoice.Voided{}.EventType():          always("invoice.voided"),
	invoice.WrittenOff{}.EventType():      always("invoice.written_off"),
	invoice.Credited{}.EventType():        always("credit_note.issued"),
	invoice.Drafted{}.EventType():         nil,
	invoice.Opened{}.EventType():          nil,
	invoice.LinesProrated{}.EventType():   nil,
	invoice.Lowered{}.EventType():         nil,
	invoice.PaymentStarted{}.EventType():  nil, // the payment's news tell
	invoice.PaymentFollowed{}.EventType(): nil,
	invoice.PaymentReversed{}.EventType(): nil,
	invoice.CreditWithdrawn{}.EventType(): nil,
	invoice.DisputeNoted{}.EventType():    nil, // the dispute's news tell

	notice.InvoiceUpcoming{}.EventType(): always("invoice.upcoming"),
	notice.InvoiceOverdue{}.EventType():  always("invoice.overdue"),

	// What a plan has changes with its subscription, whose news tell, or with its license, whose news come with the streams of
	// licenses.
	entitlement.OverrideSet{}.EventType():      always("feature.changed"),
	entitlement.OverrideRemoved{}.EventType():  always("feature.changed"),
	entitlement.Used{}.EventType():             ofUsedFeature,
	entitlement.Licensed{}.EventType():         nil,
	entitlement.LicenseConfirmed{}.EventType(): nil,
	entitlement.Unlicensed{}.EventType():       nil,

	account.CreditGranted{}.EventType():    always("credit.granted"),
	account.CreditApplied{}.EventType():    nil,
	account.CreditRefunded{}.EventType():   nil,
	account.ReceivableOpened{}.EventType(): nil,
	account.ReceivableClosed{}.EventType(): nil,
	account.MoneyReceived{}.EventType():    nil,
	account.MoneyReturned{}.EventType():    nil,
	account.MoneyReversed{}.EventType():    nil,

	refund.Created{}.EventType():   always("refund.created"),
	refund.Recorded{}.EventType():  always("refund.succeeded"),
	refund.Answered{}.EventType():  ofAnsweredRefund,
	refund.Attempted{}.EventType(): nil,
	refund.Asked{}.EventType():     nil,
	refund.Deferred{}.EventType():  nil,

	payment.Started{}.EventType():       nil,
	payment.Attempted{}.EventType():     nil,
	payment.Answered{}.EventType():      ofAnsweredPayment,
	payment.Asked{}.EventType():         nil,
	payment.Hurried{}.EventType():       nil,
	payment.Costed{}.EventType():        nil, // the payment is as it was
	payment.Resolved{}.EventType():      ofAnsweredPayment,
	payment.Deferred{}.EventType():      nil,
	payment.RetryPlanned{}.EventType():  nil,
	payment.Reversed{}.EventType():      always("payment.reversed"),
	payment.Disputed{}.EventType():      always("dispute.opened"),
	payment.DisputeClosed{}.EventType(): ofClosedDispute,

	paymentmethod.Added{}.EventType():      always("payment_method.added"),
	paymentmethod.Removed{}.EventType():    always("payment_method.removed"),
	paymentmethod.DefaultSet{}.EventType(): nil,

	paymentlink.Completed{}.EventType(): always("payment_link.completed"),
	paymentlink.Expired{}.EventType():   always("payment_link.expired"),
	paymentlink.Created{}.EventType():   nil,
	paymentlink.Tried{}.EventType():     nil, // the payment's news tell
	paymentlink.Canceled{}.EventType():  nil,

	license.Issued{}.EventType():           always("license.issued"),
	license.Activated{}.EventType():        always("license.activated"),
	license.Deactivated{}.EventType():      always("license.deactivated"),
	license.SeatsChanged{}.EventType():     always("license.changed"),
	license.FeaturesChanged{}.EventType():  always("license.changed"),
	license.PlanChanged{}.EventType():      always("license.changed"),
	license.Suspended{}.EventType():        always("license.suspended"),
	license.Reinstated{}.EventType():       always("license.reinstated"),
	license.Renewed{}.EventType():          always("license.renewed"),
	license.Expiring{}.EventType():         always("license.expiring"),
	license.Expired{}.EventType():          always("license.expired"),
	license.Revoked{}.EventType():          always("license.revoked"),
	license.KeyRotated{}.EventType():       nil,
	license.InstanceDied{}.EventType():     nil, // nothing that the license allows changes
	license.InstanceReturned{}.EventType(): nil,
	license.FileIssued{}.EventType():       nil,

	webhook.Tested{}.EventType():        always(webhook.TypeTest), // for its own endpoint alone
	webhook.Created{}.EventType():       nil,
	webhook.Changed{}.EventType():       nil,
	webhook.Enabled{}.EventType():       nil,
	webhook.Disabled{}.EventType():      nil,
	webhook.SecretRotated{}.EventType(): nil,
	webhook.Replayed{}.EventType():      nil,
	webhook.Redelivered{}.EventType():   nil,
	webhook.Parked{}.EventType():        nil,
	webhook.Deleted{}.EventType():       nil,
}

func always(of string) func(domain.Event) string { return func(domain.Event) string { return of } }

// ofUsedFeature tells that the last of a feature was used.
func ofUsedFeature(fact domain.Event) string {
	if fact.(entitlement.Used).Reached {
		return "feature.limit_reached"
	}
	return ""
}

func ofClosedDispute(fact domain.Event) string {
	if fact.(payment.DisputeClosed).Outcome == payment.DisputeWon {
		return "dispute.won"
	}
	return "dispute.lost"
}

func ofEndedTrial(fact domain.Event) string {
	if fact.(trial.Ended).Status == trial.StatusConverted {
		return "trial.converted"
	}
	return "trial.ended"
}

// ofPaidInvoice tells that an invoice is paid once nothing of it is outstanding.
func ofPaidInvoice(fact domain.Event) string {
	var now invoice.PaymentStatus
	switch e := fact.(type) {
	case invoice.PaymentRecorded:
		if e.Late || e.Applied.Sign() <= 0 {
			return ""
		}
		now = e.PaymentStatus
	case invoice.CreditApplied:
		now = e.PaymentStatus
	}
	if now == invoice.PaymentSucceeded || now == invoice.PaymentNotRequired {
		return "invoice.paid"
	}
	return ""
}

// ofAnsweredPayment tells what a gateway said, but of a charge that is on its way.
func ofAnsweredPayment(fact domain.Event) string {
	said, ok := fact.(payment.Answered)
	if resolved, is := fact.(payment.Resolved); is {
		said, ok = resolved.Answered, true
	}
	if !ok {
		return ""
	}
	switch status := said.Status; status {
	case payment.StatusSucceeded, payment.StatusFailed, payment.StatusRequiresAction, payment.StatusUnknown:
		return "payment." + string(status)
	default:
		return ""
	}
}

// ofAnsweredRefund tells what came of a refund. One that is tried again has not failed yet.
func ofAnsweredRefund(fact domain.Event) string {
	switch answered := fact.(refund.Answered); {
	case answered.Status == refund.AttemptSucceeded:
		return "refund.succeeded"
	case answered.Status == refund.AttemptFailed && answered.NextAt == nil:
		return "refund.failed"
	}
	return ""
}

// workspaceOf gives the workspace of an event's stream where its name tells, and whether it does.
func workspaceOf(stream domain.Stream) (workspace string, told bool) {
	switch stream.Type() {
	case webhook.Type.Name:
		return "", true
	case subscription.Type.Name, trial.Type.Name, account.Type.Name, paymentmethod.Type.Name, notice.Type.Name, entitlement.Type.Name:
		name, _, _ := strings.Cut(stream.Entity(), ":")
		return name, true
	}
	return "", false
}

// ownerOf gives the workspace that the first event of any other stream names.
func ownerOf(fact domain.Event) (workspace string, first bool) {
	switch e := fact.(type) {
	case invoice.Drafted:
		return e.Workspace, true
	case refund.Created:
		return e.Workspace, true
	case payment.Started:
		return e.Workspace, true
	case paymentlink.Created:
		return e.Workspace, true
	case license.Issued:
		return domain.Or(e.Workspace, ""), true
	}
	return "", false
}
