package seating

import "testing"

func TestAdmits(t *testing.T) {
	t.Parallel()
	paid, free := Limits(plan(3, 1)), *freePlan(3)
	closed := paid
	closed.Closed = true
	use := Use{Allocated: 1, Reserved: 1, Guests: 2}
	for name, tt := range map[string]struct {
		limits        Limits
		use           Use
		seats, guests int64
		want          bool
	}{
		"a seat and a guest place of their own":      {paid, use, 1, 1, true},
		"one seat too many":                          {paid, use, 2, 0, false},
		"one guest too many":                         {paid, use, 0, 2, false},
		"guests over their limit leave seats free":   {paid, Use{Guests: 9}, 3, 0, true},
		"asking for nobody is allowed in any pool":   {paid, Use{Guests: 9}, 0, 0, true},
		"a guest of the free plan takes a seat":      {free, Use{Allocated: 2}, 0, 1, true},
		"the free plan's last seat goes to only one": {free, Use{Allocated: 2}, 1, 1, false},
		"guests fill the free plan":                  {free, Use{Guests: 3}, 1, 0, false},
		"a closed pool":                              {closed, Use{}, 1, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.limits.Admits(tt.use, tt.seats, tt.guests); got != tt.want {
				t.Errorf("%+v with %+v admits %d and %d guests: %v", tt.limits, tt.use, tt.seats, tt.guests, got)
			}
		})
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	use := Use{Allocated: 1, Reserved: 2, Guests: 4}
	if got := Limits(plan(9, 1)).InUse(use); got != 3 {
		t.Errorf("%d seats of a plan are in use", got)
	}
	if got := freePlan(9).InUse(use); got != 7 {
		t.Errorf("%d seats of the free plan are in use", got)
	}
}
