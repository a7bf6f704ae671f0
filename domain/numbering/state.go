package numbering

import (
	"slices"
	"strings"

	"github.com/tallystick/tallystick/domain"
)

// Stream names the one stream of a ledger's numbers.
func Stream() domain.Stream { return domain.NewStream("numbering", "main") }

// State counts the numbers that were given.
type State struct {
	Series []Series `json:"series"` // in the order of their first number; never written to
}

// Series counts the numbers of one series.
type Series struct {
	Series string `json:"series"`
	Last   int64  `json:"last"`
}

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + 50*len(s.Series) }

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// last gives the last number of a series, 0 before the first.
func (s State) last(series string) int64 {
	for _, known := range s.Series {
		if known.Series == series {
			return known.Last
		}
	}
	return 0
}

// with counts a number that was given.
func (s State) with(number string, sequence int64) State {
	given := Series{Series: seriesOf(number), Last: sequence}
	s.Series = slices.Clone(s.Series)
	if at := slices.IndexFunc(s.Series, func(known Series) bool { return known.Series == given.Series }); at >= 0 {
		s.Series[at] = given
	} else {
		s.Series = append(s.Series, given)
	}
	return s
}

// seriesOf gives what stands before the digits of a number.
func seriesOf(number string) string { return strings.TrimRight(number, "0123456789") }
