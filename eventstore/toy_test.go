package eventstore_test

import (
	"github.com/tallystick/tallystick/domain"
)

// The tests use a domain of their own: boxes that balls are put into and taken from, each with room for so many.

type ballPut struct {
	Ball string `json:"ball"`
}

type ballTaken struct {
	Ball string `json:"ball"`
}

func (ballPut) EventType() string   { return "box.ball_put.v1" }
func (ballTaken) EventType() string { return "box.ball_taken.v1" }

// box counts what was put in, the way a seat pool does.
type box struct {
	Balls int
}

func (box) Size() int { return 64 }

func evolveBox(b box, event domain.Event) box {
	switch event.(type) {
	case ballPut:
		b.Balls++
	case ballTaken:
		b.Balls--
	}
	return b
}

var boxType = domain.NewStreamType("box", evolveBox, domain.EventType{Zero: ballPut{}}, domain.EventType{Zero: ballTaken{}})
