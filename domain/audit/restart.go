package audit

import "github.com/tallystick/tallystick/domain"

// reasonMax bounds a reason, in characters.
const reasonMax = 500

// Fact is an event of the audit with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Restarted lets a new tree begin.
type Restarted struct {
	Tree    int      `json:"tree"` // the number of the new one
	Reason  string   `json:"reason"`
	Refusal string   `json:"refusal"` // why the sealer signed no more of the tree before
	Outside *Outside `json:"outside"` // nil where nothing was kept
}

// Outside is the last checkpoint that is known outside of the database.
type Outside struct {
	Name string `json:"name"` // of the file or the witness
	Size int64  `json:"size"` // how many events it covers
	Note string `json:"note"` // as it was signed
}

// EventType gives the stored name.
func (Restarted) EventType() string { return "audit.restarted.v1" }

func (Restarted) evolve(s State) State {
	s.Restarts++
	return s
}

// Command asks the audit for something.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on the audit.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// Restart gives up the tree that the sealer refuses.
type Restart struct {
	Reason string
	// Tree and Refusal are the sealer's: the tree that it refuses, and why.
	Tree    int
	Refusal string
	Outside *Outside
}

// decide refuses with reason_invalid and audit_not_refusing.
func (c Restart) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	check.Text("/reason", "reason_invalid", c.Reason, 1, reasonMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if c.Refusal == "" || c.Tree != s.Tree() {
		return nil, domain.Conflict("audit_not_refusing", "the sealer does not refuse the ledger's history, so that there is no reason to begin another")
	}
	return []Fact{Restarted{Tree: s.Tree() + 1, Reason: c.Reason, Refusal: c.Refusal, Outside: c.Outside}}, nil
}
