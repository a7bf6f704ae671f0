package pricing

// Change tells what going from one price to another means, and so when that happens and what it costs.
type Change string

const (
	ChangeNew       Change = "new"       // nothing was bought yet
	ChangeCurrent   Change = "current"   // the same price: no change
	ChangeUpgrade   Change = "upgrade"   // immediate
	ChangeDowngrade Change = "downgrade" // at the period's end
)

// Changes lists all of them.
var Changes = []Change{ChangeNew, ChangeCurrent, ChangeUpgrade, ChangeDowngrade}

// CompareTerms sets the policy of changes. A higher tier is an upgrade and a lower one a downgrade, whatever they cost
// and however long their periods are; at the same tier the longer period is an upgrade, and a shorter or an equally
// long one a downgrade. Twelve months and a year are equally long.
func CompareTerms(from, to Terms) Change {
	switch {
	case to.Price == from.Price:
		return ChangeCurrent
	case to.Tier > from.Tier:
		return ChangeUpgrade
	case to.Tier == from.Tier && to.Cycle().Months() > from.Cycle().Months():
		return ChangeUpgrade
	}
	return ChangeDowngrade
}
