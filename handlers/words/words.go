package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// Of tells what an event says, in one sentence without a full stop. It is empty for a type of event without words.
func Of(event domain.Event) string {
	for _, of := range []func(domain.Event) string{
		ofSubscription, ofChange, ofStage, ofTrial, ofNotice, ofSeat, ofInvoice, ofAccount, ofPayment, ofJob, ofBooks, ofRefund, ofLink, ofWebhook, ofCatalog,
		ofFeature, ofLicense, ofInstance, ofInstallation, ofRest,
	} {
		if text := of(event); text != "" {
			return text
		}
	}
	return ""
}

// at writes an instant.
func at(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// counted writes a number of things.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// because adds a reason where there is one.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", strings.Join(strings.Fields(reason), " "))
}

// spoken writes a code such as send_invoice as words.
func spoken[T ~string](code T) string { return strings.ReplaceAll(string(code), "_", " ") }
