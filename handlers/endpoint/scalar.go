package endpoint

import (
	"strings"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
)

// NewID makes the id of something that a command may bring about.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// OrNull gives nil for no text.
func OrNull[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
}

// validTime holds a text against [domain.TimeRule].
func validTime(text string) bool {
	_, err := domain.ParseTime(text)
	return err == nil
}

// plainInteger takes digits with or without a minus; JSON has seen to leading zeros.
func plainInteger(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// plainNumber takes a decimal without exponent of at most 15 digits: binary floating point has all of those exactly.
func plainNumber(text string) bool {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return text != "-0" && len(whole)+len(fraction) <= 15 && strings.Trim(whole+fraction, "0123456789") == ""
}

// isWord takes a word of ours, or nothing.
func isWord(text string) bool {
	return len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Job names what is due: of a kind, in a stream, perhaps of one member. Without a kind it is all that is due in the stream.
type Job struct {
	Kind    string
	Stream  domain.Stream
	Subject string
}

// JobPattern is the form of a job's id.
const JobPattern = "([a-z_]{1,32}~)?" + StreamPattern + "(~" + nameForm + ")?"

// nameForm is the form of a plain name.
const nameForm = "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"

// ID gives the id of a job.
func (j Job) ID() string {
	id := string(j.Stream)
	if j.Kind != "" {
		id = j.Kind + "~" + id
	}
	if j.Subject != "" {
		id += "~" + j.Subject
	}
	return id
}

// ParseJob reads the id of a job, or a stream alone.
func ParseJob(id string) (Job, bool) {
	parts := strings.Split(id, "~")
	if len(parts) == 1 {
		return Job{Stream: domain.Stream(id)}, ValidStream(id)
	}
	j := Job{Kind: parts[0], Stream: domain.Stream(parts[1])}
	if len(parts) == 3 {
		j.Subject = parts[2]
	}
	return j, len(parts) <= 3 && j.Kind != "" && isWord(j.Kind) && ValidStream(parts[1]) && (len(parts) == 2 || domain.ValidName(j.Subject))
}

const StreamPattern = "[a-z][a-z_]{0,31}(:" + nameForm + "){1,2}"

// ValidStream takes type:part[:part].
func ValidStream(name string) bool {
	streamType, entity, _ := strings.Cut(name, ":")
	first, second, two := strings.Cut(entity, ":")
	return streamType != "" && isWord(streamType) && streamType[0] != '_' && domain.ValidName(first) && (!two || domain.ValidName(second))
}
