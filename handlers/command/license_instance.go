package command

import (
	"encoding/json"
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

// LookAtInstances gives a license with its instances. It writes nothing.
func LookAtInstances(id string) Command[License] {
	return onLicense(id, "", func(l *licensing) (License, error) { return l.shown(), nil })
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
	return onLicense(id, key, func(l *licensing) (none License, err error) {
		if _, err := l.do(c); err != nil {
			return none, err
		}
		shown := l.shown()
		shown.Instance, _ = shown.State.Instance(c.Instance)
		shown.Features, err = l.features()
		return shown, err
	})
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
		if v.Features, err = l.features(); err != nil {
			return none, err
		}
		if q.Missing, err = l.missing(v.Features, keys); err != nil {
			return none, err
		}
		q.Users = domain.Or(s.Users(seen), 0)
		v.Valid, v.Code, v.Detail = s.Validate(q, l.d.Now())
		return v, nil
	})
}

// missing lists the features that the license does not have, neither as a value that is not zero nor as a limit above it.
func (l *licensing) missing(features map[string]json.RawMessage, keys []string) (missing []string, err error) {
	product, _ := l.shop().Product(l.state().Product)
	overrides, err := l.overrides()
	for _, key := range keys {
		value, given := features[key]
		limit, limited := product.Limits[key]
		most := limit.Limit
		switch o, overridden := overrides[key]; {
		case overridden && o.Removed:
			limited = false
		case overridden && o.Limit != nil:
			limited, most = true, o.Limit.Most
		}
		if !(given && !entitlement.IsZero(value) || limited && (most == nil || *most > 0)) {
			missing = append(missing, key)
		}
	}
	return missing, err
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
