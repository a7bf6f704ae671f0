package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"
)

// inclusion verifies one event.
type inclusion struct {
	common
	keyFlags

	Event string `help:"File with the event as GET /v1/events shows it." required:"" type:"existingfile" placeholder:"FILE"`
	Proof string `help:"File with the proof, as GET /v1/audit/proofs/{position} shows it: JSON, or text." required:"" type:"existingfile" placeholder:"FILE"`
}

// proof holds the hashes that lead from a leaf to a root.
type proof struct {
	index  int64
	hashes []tlog.Hash
	signed string
}

func (i *inclusion) verify(v *verdict) error {
	trusted, err := i.required()
	if err != nil {
		return err
	}
	given, err := readProof(i.Proof)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(i.Event)
	if err != nil {
		return usage("%v", err)
	}
	e, err := decodeEvent(content)
	if err != nil {
		return badAnywhere(whatLeaf, "the event can't be read: %v", err)
	}
	c, err := trusted.open(given.signed)
	if err != nil {
		return err
	}
	ledger, err := c.ledger()
	if err != nil {
		return err
	}
	v.Ledger, v.Events, v.First, v.Last, v.Checkpoints, v.Sealed = ledger.String(), 1, e.Position, e.Position, 1, c.N
	leaf, same, err := e.leaf(ledger)
	if err != nil || !same {
		return bad(e.Position, whatLeaf, "the event does not hash to its leaf")
	}
	erased, err := e.checkPrivate()
	if err != nil {
		return err
	}
	if erased {
		v.Erased = append(v.Erased, e.Position)
	}
	if given.index != e.Position-1 {
		return bad(e.Position, whatRoot, "the proof is of position %d", given.index+1)
	}
	if err := tlog.CheckRecord(given.hashes, c.N, c.Hash, given.index, tlog.Hash(leaf)); err != nil {
		return bad(e.Position, whatRoot, "the event is not in the history of the checkpoint of %d events: %v", c.N, err)
	}
	return nil
}

// readProof reads either form of a proof.
func readProof(path string) (p proof, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return p, usage("%v", err)
	}
	text := string(content)
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		var shown struct {
			LeafIndex  int64    `json:"leaf_index"`
			Hashes     []string `json:"hashes"`
			Checkpoint string   `json:"checkpoint"`
		}
		if err := json.Unmarshal(content, &shown); err != nil {
			return p, badAnywhere(whatRoot, "the proof can't be read: %v", err)
		}
		p.index, p.signed = shown.LeafIndex, shown.Checkpoint
		p.hashes, err = parseHashes(shown.Hashes)
		return p, err
	}
	begin, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(begin, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || len(lines) < 2 {
		return p, badAnywhere(whatRoot, "the proof is neither JSON nor of the form c2sp.org/tlog-proof@v1")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") && len(lines) > 1 {
		lines = lines[1:]
	}
	if p.index, err = strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64); err != nil {
		return p, badAnywhere(whatRoot, "the proof says no index")
	}
	p.signed = signed
	p.hashes, err = parseHashes(lines[1:])
	return p, err
}

func parseHashes(lines []string) (hashes []tlog.Hash, err error) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, badAnywhere(whatRoot, "%q is not a hash", line)
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
