package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain/journal"
)

// rebuild verifies a bundle and makes its journal again.
type rebuild struct{ replay }

func (r *rebuild) verify(v *verdict) error {
	file, err := os.Open(filepath.Join(r.Dir, "journal.csv"))
	if err != nil {
		return badAnywhere(whatManifest, "%v", err)
	}
	defer file.Close()
	m := &made{verdict: v, written: bufio.NewReaderSize(file, chunkBytes), totals: totals{}}
	if err := m.compare(0, csvLine(nil, journalColumns)); err != nil {
		return err
	}
	book := journal.NewBook(journal.DefaultSettings(), journal.NewMemory())
	b, err := r.run(v, func(group []event) error {
		return asFinding(group[0].Position, book.Apply(journalEvents(group), m.entry))
	})
	if err != nil {
		return err
	}
	if err := m.end(); err != nil {
		return err
	}
	return m.totals.compare(b.manifest.ControlTotals)
}

// asFinding makes a finding of what the books can't follow.
func asFinding(position int64, err error) error {
	if _, is := errors.AsType[*finding](err); err == nil || is {
		return err
	}
	return bad(position, whatEntry, "%v", err)
}

// journalEvents gives the events as the books read them.
func journalEvents(group []event) []journal.Event {
	events := make([]journal.Event, len(group))
	for i, e := range group {
		events[i] = journal.Event{
			Position: e.Position, ID: e.ID.String(), Stream: e.Stream, Type: e.Type, EffectiveAt: e.EffectiveAt, RecordedAt: e.RecordedAt, Data: []byte(e.Data),
		}
	}
	return events
}

// made compares the entries that the events make with the lines of the journal, byte by byte.
type made struct {
	verdict *verdict
	written *bufio.Reader
	totals  totals
	line    []byte
}

// entry compares one entry.
func (m *made) entry(e journal.Entry) error {
	m.verdict.Entries++
	for _, p := range e.Postings() {
		m.line = csvLine(m.line[:0], cellsOf(e, p))
		if err := m.compare(e.Position, m.line); err != nil {
			return err
		}
		if err := m.totals.add(p.Amount); err != nil {
			return bad(e.Position, whatTotals, "%v", err)
		}
	}
	return nil
}

// compare reads as many bytes as a line has.
func (m *made) compare(position int64, line []byte) error {
	if found, err := m.written.Peek(len(line)); err == nil && bytes.Equal(found, line) {
		_, err = m.written.Discard(len(line))
		return err
	}
	found, err := m.written.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case position == 0:
		return badAnywhere(whatEntry, "the journal does not begin with the line %q", bytes.TrimSpace(line))
	case len(found) == 0:
		return bad(position, whatEntry, "the journal ends, and the events go on with %q", bytes.TrimSpace(line))
	}
	if at := positionOf(found); at > 0 && at < position {
		position = at
	}
	return bad(position, whatEntry, "the journal has the line %q, and the events make %q", bytes.TrimSpace(found), bytes.TrimSpace(line))
}

// end refuses lines that no event makes.
func (m *made) end() error {
	found, err := m.written.ReadBytes('\n')
	if len(found) == 0 && errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return bad(max(positionOf(found), 1), whatEntry, "the journal has the line %q, which no event makes", bytes.TrimSpace(found))
}

// positionOf reads the position in front of a line, 0 where there is none.
func positionOf(line []byte) int64 {
	digits, _, _ := strings.Cut(string(line), "-")
	position, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return position
}

// cellsOf writes a posting as the journal has it.
func cellsOf(e journal.Entry, p journal.Posting) []string {
	debit, credit := p.Amount.Plain(), ""
	if p.Amount.Sign() < 0 {
		debit, credit = "", p.Amount.Neg().Plain()
	}
	of, _ := p.Account.Describe()
	return []string{
		e.ID(), fmt.Sprint(e.Position), e.EventID, e.EventType, e.Date.String(), e.Date.Month().String(), e.RecordedAt.UTC().Format(timeLayout),
		string(p.Account), of.Name, debit, credit, p.Amount.Minor().String(), fmt.Sprint(p.Amount.Currency().Digits()), string(p.Amount.Currency()),
		p.Workspace, p.Invoice, p.InvoiceLine, p.Product, p.TaxRate, e.ReversalOf, e.CorrectionOf.String(), e.Memo,
	}
}
