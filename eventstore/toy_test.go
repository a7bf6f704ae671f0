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

func evolveBox(b box, event domain.Event) box {
	switch e := event.(type) {
	case ballPut:
		b.Balls++
	case ballTaken:
		b.Balls--
	case noteLeft:
		b.Note = note{}
		if e.Note != nil {
			b.Note = *e.Note
		}
	case notesBurnt:
		b.Note = note{}
	}
	return b
}

var boxType = domain.NewStreamType("box", evolveBox,
	domain.EventType{Zero: ballPut{}},
	domain.EventType{Zero: ballTaken{}},
	domain.EventType{Zero: noteLeft{}, Private: domain.PrivateIn(func(e *noteLeft) **note { return &e.Note })},
	domain.EventType{Zero: notesBurnt{}, Erases: true},
)
