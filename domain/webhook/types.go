package webhook

import (
	"slices"
	"strings"
)

// TypeTest is the type of news that asks an endpoint whether it hears.
const TypeTest = "webhook.test"

// families list the types of news by what they are about.
var families = []struct {
	about string
	facts []string
}{
	{"subscription", []string{"created", "activated", "renewed", "upgraded", "downgraded", "change_scheduled", "change_unscheduled",
		"seats_changed", "past_due", "restricted", "recovered", "paused", "resumed", "cancellation_scheduled",
		"cancellation_revoked", "canceled", "expired"}},
	{"trial", []string{"started", "ending", "extended", "converted", "ended"}},
	{"invoice", []string{"upcoming", "finalized", "paid", "overdue", "voided", "written_off"}},
	{"credit_note", []string{"issued"}},
	{"payment", []string{"succeeded", "failed", "requires_action", "unknown", "reversed"}},
	{"refund", []string{"created", "succeeded", "failed"}},
	{"dispute", []string{"opened", "won", "lost"}},
	{"payment_method", []string{"added", "removed"}},
	{"payment_link", []string{"completed", "expired"}},
	{"credit", []string{"granted"}},
	{"license", []string{"issued", "activated", "deactivated", "changed", "suspended", "reinstated", "renewed", "expiring", "expired", "revoked"}},
	{"feature", []string{"changed", "limit_reached"}},
	{"webhook", []string{"test"}},
}

// Types lists all types of news, such as "invoice.paid".
func Types() (all []string) {
	for _, family := range families {
		for _, fact := range family.facts {
			all = append(all, family.about+"."+fact)
		}
	}
	return all
}

// every chooses all types.
const every = "*"

// known reports whether a pattern chooses any type: a type, "*", or "prefix.*".
func known(pattern string) bool {
	return pattern == every || slices.ContainsFunc(Types(), func(t string) bool { return chooses(pattern, t) })
}

// chooses reports whether a pattern chooses a type.
func chooses(pattern, of string) bool {
	if prefix, ok := strings.CutSuffix(pattern, every); ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
		return strings.HasPrefix(of, prefix)
	}
	return pattern == of
}

// Chosen reports whether one of the patterns chooses a type. No patterns choose all.
func Chosen(patterns []string, of string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return chooses(p, of) })
}
