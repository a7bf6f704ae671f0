package command

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/license"
)

// onInstance decides a command on the license alone, and shows the instance that it is about. The key is as in [onLicense].
func onInstance(id, key, instance string, c license.Command) Command[License] {
	return onLicense(id, key, func(l *licensing) (none License, err error) {
		if _, err := l.do(c); err != nil {
			return none, err
		}
		shown := l.shown()
		shown.Instance, _ = shown.State.Instance(instance)
		return shown, nil
	})
}

// RotateLicenseKey lets another key open a license.
func RotateLicenseKey(id, key string) Command[License] {
	return onInstance(id, "", "", license.RotateKey{KeyID: key})
}

// ActivateInstance lets an installation use a license. It shows the instance that has the fingerprint, and whether it is new.
func ActivateInstance(id, key string, c license.Activate) Command[License] {
	return onLicense(id, key, func(l *licensing) (none License, err error) {
		_, known := l.state().ByFingerprint(c.Fingerprint)
		if _, err := l.do(c); err != nil {
			return none, err
		}
		shown := l.shown()
		shown.Instance, _ = shown.State.ByFingerprint(c.Fingerprint)
		shown.New = !known
		return shown, nil
	})
}

// DeactivateInstance lets an installation use a license no more.
func DeactivateInstance(id, key, instance string) Command[License] {
	return onInstance(id, key, instance, license.Deactivate{Instance: instance})
}

// HearInstance notes that an instance is alive, by what was heard of all of them before.
func HearInstance(id, key, instance string, seen license.Seen) Command[License] {
	return onInstance(id, key, instance, license.Hear{Instance: instance, Seen: seen})
}

// IssueLicenseFile notes that a file is made for an instance.
func IssueLicenseFile(id, key string, c license.IssueFile) Command[License] {
	return onInstance(id, key, c.Instance, c)
}

// Validation is the answer to the question whether a license is valid.
type Validation struct {
	License
	Valid  bool
	Code   license.Code
	Detail string
	Made   bool // a file was made
}

// ValidateLicense answers a question, by what was heard of the instances. The keys are those of features that the license must have.
func ValidateLicense(id, key string, q license.Question, keys []string, seen license.Seen) Command[Validation] {
	return onLicense(id, key, func(l *licensing) (none Validation, err error) {
		v := Validation{License: l.shown()}
		s := l.state().At(seen, l.d.Now())
		product, _ := l.shop().Product(s.Product)
		for _, key := range keys {
			value, given := v.Features[key]
			limit, limited := product.Limits[key]
			if !(given && !entitlement.IsZero(value) || limited && (limit.Limit == nil || *limit.Limit > 0)) {
				q.Missing = append(q.Missing, key)
			}
		}
		q.Users = domain.Or(s.Users(seen), 0)
		v.Valid, v.Code, v.Detail = s.Validate(q, l.d.Now())
		return v, nil
	})
}

// SyncInstance notes that an instance is alive and has so many users, and has a file made for it unless the license is revoked,
// suspended or expired; then it only says that.
func SyncInstance(id, key, instance string, seen license.Seen) Command[Validation] {
	return onLicense(id, key, func(l *licensing) (none Validation, err error) {
		usable := l.state().CheckUsable(l.d.Now()) == nil
		for _, c := range []license.Command{license.Hear{Instance: instance, Seen: seen}, license.IssueFile{Instance: instance}} {
			if !usable {
				break
			}
			if _, err := l.do(c); err != nil {
				return none, err
			}
		}
		v, err := ValidateLicense(id, key, license.Question{}, nil, seen).Decide(l.d)
		v.Instance, _ = v.State.Instance(instance)
		v.Made = usable
		return v, err
	})
}

// RunLicense tells of the license's end as far as that is due.
func RunLicense(id string) Command[struct{}] { return Quietly(ChangeLicense(id, license.Run{})) }

// InstanceDied notes that an instance died at an instant, since nothing was heard of it.
func InstanceDied(id, instance string, at time.Time) Command[struct{}] {
	return Quietly(onInstance(id, "", instance, license.Die{Instance: instance, At: at}))
}
