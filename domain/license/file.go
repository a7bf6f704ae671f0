package license

import (
	"time"

	"github.com/tallystick/tallystick/domain"
)

// IssueFile notes that a file is made for an instance. TTLDays is the license's where it is nil.
type IssueFile struct {
	Instance string
	TTLDays  *int64
}

// FileIssued notes that a file was made for an instance. The times are whole seconds, as they stand in the file.
type FileIssued struct {
	Instance   string    `json:"instance"`
	Sequence   int64     `json:"sequence"`
	IssuedAt   time.Time `json:"issued_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	GraceUntil time.Time `json:"grace_until"`
}

// EventType gives the stored name.
func (FileIssued) EventType() string { return "license.file_issued.v1" }

func (e FileIssued) evolve(s State) State {
	instance, found := s.Instance(e.Instance)
	if !found {
		return s
	}
	instance.File = &e
	return s.with(instance)
}

// decide refuses with license_not_found, instance_not_found or file_ttl_days_invalid, and by 403 what [State.CheckUsable] refuses.
func (c IssueFile) decide(s State, meta domain.Meta) ([]Fact, error) {
	var check domain.Check
	if c.TTLDays != nil {
		between(&check, "/ttl_days", "file_ttl_days_invalid", *c.TTLDays, 1, fileTTLDaysMax)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if _, err := s.mustHave(c.Instance); err != nil {
		return nil, err
	}
	if err := s.CheckUsable(meta.Now); err != nil {
		return nil, err
	}
	days := domain.Or(c.TTLDays, s.FileTTLDays)
	issued := meta.Now.Truncate(time.Second)
	expires := issued.AddDate(0, 0, int(days))
	return []Fact{FileIssued{
		Instance: c.Instance, Sequence: s.Sequence, IssuedAt: issued, ExpiresAt: expires, GraceUntil: expires.AddDate(0, 0, int(s.GraceDays)),
	}}, nil
}
