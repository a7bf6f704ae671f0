package details

// Command is an intent about somebody's details.
type Command interface{ command() }

// Replace makes these the details, all of them.
type Replace struct {
	Details Details
}

// Erase forgets the details and all that were before them.
type Erase struct{}

func (Replace) command() {}
func (Erase) command()   {}
