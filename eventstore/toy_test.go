package eventstore_test

import (
	"github.com/tallystick/tallystick/domain"
)

// The tests use a domain of their own: boxes that balls are put into and taken from, each with room for so many, and on
// which private notes can be left.

type ballPut struct {
	Ball string `json:"ball"`
}

type ballTaken struct {
	Ball string `json:"ball"`
}

type noteLeft struct {
	Colour string `json:"colour"`
	Note   *note  `json:"-"`
}

type note struct {
	To   string `json:"to"`
	Text string `json:"a_text"`
}

type notesBurnt struct{}

// boxFact is an event of a box with its fold.
type boxFact interface {
	domain.Event
	evolve(box) box
}

func (ballPut) EventType() string    { return "box.ball_put.v1" }
func (ballTaken) EventType() string  { return "box.ball_taken.v1" }
func (noteLeft) EventType() string   { return "box.note_left.v1" }
func (notesBurnt) EventType() string { return "box.notes_burnt.v1" }

// box counts what was put in, the way a seat pool does.
type box struct {
	Balls int
	Note  note // the last one
}

func (b box) Size() int { return 64 + len(b.Note.Text) }

func (ballPut) evolve(b box) box {
	b.Balls++
	return b
}

func (ballTaken) evolve(b box) box {
	b.Balls--
	return b
}

func (e noteLeft) evolve(b box) box {
	b.Note = note{}
	if e.Note != nil {
		b.Note = *e.Note
	}
	return b
}

func (notesBurnt) evolve(b box) box {
	b.Note = note{}
	return b
}

func evolveBox(b box, event domain.Event) box { return domain.Fold(b, event, boxFact.evolve) }

var boxType = domain.NewStreamType[boxFact]("box", evolveBox, ballPut{}, ballTaken{}, noteLeft{}, notesBurnt{}).With(
	domain.EventType{Zero: noteLeft{}, Private: domain.PrivateIn(func(e *noteLeft) **note { return &e.Note })},
	domain.EventType{Zero: notesBurnt{}, Erases: true},
)
