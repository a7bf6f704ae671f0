package paper

import (
	"reflect"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// Sheet holds all words and figures of a document.
type Sheet struct {
	ID      string
	Heading string // such as Invoice
	Number  string
	Mark    Mark
	// Across is written faintly across each page of what must not be taken for a valid document.
	Across   string
	Seller   string
	Logo     []byte // PNG or JPEG, in place of the seller's name
	Parties  []Party
	Facts    []Pair
	Key      Key
	Rows     []Row
	Taxed    bool // whether the rows have a column of taxes
	Sums     []Sum
	Sections []Section
	Footer   []string
	Remark   string
}

// Title names the document in one line.
func (s Sheet) Title() string {
	if s.Number == "" {
		return s.Heading
	}
	return s.Heading + " " + s.Number
}

// Mark says in a word or two in which state the document is.
type Mark struct {
	Word string
	Tone Tone
}

// Tone gives a mark its colour.
type Tone string

const (
	ToneGood Tone = "good"
	ToneBad  Tone = "bad"
	ToneMild Tone = "mild"
)

// Party is the seller or the customer. The first line is the name.
type Party struct {
	Heading string
	Lines   []string
}

// Pair is a fact with its name.
type Pair struct{ Name, Value string }

// Key shows first what a reader looks for: an amount, what to do about it, and until when.
type Key struct {
	Label, Amount, Note string
	Urgent              bool
}

// Row is a line of the bill, with explanations below it.
type Row struct {
	Text    string
	Details []string
	Tax     string
	Amount  string
}

// Sum is a line of the reckoning. Totals are Strong.
type Sum struct {
	Name, Amount string
	Strong       bool
}

// Section is a part below the reckoning: sentences, then facts, then entries.
type Section struct {
	Heading string
	Text    []string
	Pairs   []Pair
	Entries []Entry
}

// Entry is another document or a movement of money that belongs to this one.
type Entry struct {
	Date, Text, Detail, Amount string
}

// cleaned returns the sheet with all its texts made one line each, without marks that turn their order around. So page and
// PDF show the same.
func (s Sheet) cleaned() Sheet {
	clean(reflect.ValueOf(&s).Elem())
	return s
}

func clean(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(typeset.Clean(v.String()))
	case reflect.Struct:
		for n := range v.NumField() {
			clean(v.Field(n))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // the logo
		}
		for n := range v.Len() {
			clean(v.Index(n))
		}
	default: // has no text
	}
}
