package audit

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint says what the tree of a log was when it had a size, by c2sp.org/tlog-checkpoint.
type Checkpoint struct {
	Origin string // of the log
	Size   int64
	Root   tlog.Hash
}

// Text gives the lines that are signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// checkpointLines are origin, size and root.
const checkpointLines = 3

// ParseCheckpoint reads the lines that are signed. It takes no more than [Checkpoint.Text] writes.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != checkpointLines+1 || lines[0] == "" || lines[3] != "" {
		return c, fmt.Errorf("a checkpoint has the lines origin, size and root, and this one is %q", text)
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return c, fmt.Errorf("%q is not the size of a tree", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return c, fmt.Errorf("%q is not the root of a tree", lines[2])
	}
	c.Root = tlog.Hash(root)
	return c, nil
}

// Claim reads what a signed note says, without verifying who says so.
func Claim(signed string) (Checkpoint, error) {
	text, _, found := strings.Cut(signed, "\n\n")
	if !found {
		return Checkpoint{}, fmt.Errorf("%q is not a signed note", signed)
	}
	return ParseCheckpoint(text + "\n")
}

// Open reads a signed note. Each signature by one of the keys must be good, and there must be one.
func (k Keys) Open(signed string) (c Checkpoint, err error) {
	if c, err = Claim(signed); err != nil {
		return c, err
	}
	var verifiers []note.Verifier
	for _, vkey := range k.Verifiers(c.Origin) {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return c, err
		}
		verifiers = append(verifiers, verifier)
	}
	_, err = note.Open([]byte(signed), note.VerifierList(verifiers...))
	return c, err
}

// Sign makes the note of a checkpoint, signed by each of the keys.
func (k Keys) Sign(c Checkpoint) (string, error) {
	var signers []note.Signer
	for _, skey := range k.signers(c.Origin) {
		signer, err := note.NewSigner(skey)
		if err != nil {
			return "", err
		}
		signers = append(signers, signer)
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	return string(signed), err
}
