package license

import (
	"fmt"
	"strings"
	"time"
)

// Code tells what a validation came to.
type Code string

const (
	CodeRevoked             Code = "REVOKED"
	CodeSuspended           Code = "SUSPENDED"
	CodeExpired             Code = "EXPIRED" // still valid where the license maintains
	CodeInstanceUnknown     Code = "INSTANCE_UNKNOWN"
	CodeFingerprintMismatch Code = "FINGERPRINT_MISMATCH"
	CodeInstanceDead        Code = "INSTANCE_DEAD"
	CodeFeatureMissing      Code = "FEATURE_MISSING"
	CodeTooManyUsers        Code = "TOO_MANY_USERS" // still valid
	CodeValid               Code = "VALID"
)

// Codes lists all of them.
var Codes = []Code{
	CodeRevoked, CodeSuspended, CodeExpired, CodeInstanceUnknown, CodeFingerprintMismatch, CodeInstanceDead, CodeFeatureMissing,
	CodeTooManyUsers, CodeValid,
}

// Question asks whether a license is valid. What is nil or "" is not asked for. Missing are the features asked for that the license
// does not have, and Users the most that an instance reported.
type Question struct {
	Instance    string
	Fingerprint string
	Missing     []string
	Users       int64
}

// Validate answers a question by the codes in their order; deaths by now must be in the state.
func (s State) Validate(q Question, now time.Time) (valid bool, code Code, detail string) {
	instance, found := s.Instance(q.Instance)
	if q.Instance == "" && q.Fingerprint != "" {
		instance, found = s.ByFingerprint(q.Fingerprint)
	}
	named := q.Instance != "" || q.Fingerprint != ""
	switch {
	case s.Revoked:
		return false, CodeRevoked, "the license was revoked"
	case s.Suspended:
		return false, CodeSuspended, "the license is suspended"
	case s.Expired(now) && s.Expiry == ExpiryRestrict:
		return false, CodeExpired, "the license has expired"
	case named && !found:
		return false, CodeInstanceUnknown, "the license has no such instance"
	case q.Fingerprint != "" && instance.Fingerprint != q.Fingerprint:
		return false, CodeFingerprintMismatch, "the instance has another fingerprint"
	case named && instance.Dead:
		return false, CodeInstanceDead, "nothing was heard of the instance for too long"
	case len(q.Missing) > 0:
		return false, CodeFeatureMissing, "the license does not have " + strings.Join(q.Missing, ", ")
	case q.Users > s.Seats:
		return true, CodeTooManyUsers, fmt.Sprintf("%d users were reported, and there are %d seats", q.Users, s.Seats)
	case s.Expired(now):
		return true, CodeExpired, "the license has expired, and what it allows goes on"
	}
	return true, CodeValid, "the license is valid"
}
