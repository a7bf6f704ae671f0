package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Part is a file of an export. It is written page by page.
type Part struct {
	Name string
	// Next writes the rows behind a key, from the first one on behind "", and gives the key behind which others follow, "" for none.
	Next func(ctx context.Context, out io.Writer, after string) (next string, rows int64, err error)
	// Memory points to what Next must know of the rows before, as JSON has it; nil for nothing.
	Memory any
	// Whole is set where a file can't go on, and begins again.
	Whole bool
	// Totals sums up what was written; nil where there is nothing to sum up.
	Totals func() []Total
}

// File describes a file that is complete.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
}

// ProgressFile is the name under which a directory keeps how far an export is. It is gone once the export is complete.
const ProgressFile = ".progress.json"

// progress tells how far an export is: what is safe on disk.
type progress struct {
	Of     json.RawMessage `json:"of"` // what is exported
	Done   []File          `json:"done"`
	Totals []Total         `json:"totals"` // of the files that are done
	Part   *partProgress   `json:"part,omitempty"`
}

// partProgress tells how far a file is.
type partProgress struct {
	File
	After  string          `json:"after"`
	Memory json.RawMessage `json:"memory,omitempty"`
}

const (
	saveEvery  = 16 << 20 // bytes
	saveAfter  = time.Second
	bufferSize = 256 << 10
)

// Writing writes an export into a directory.
type Writing struct {
	Dir string
	// Of says what is exported. Files that are there of something else are written anew.
	Of any
	// Report is told of the rows that are safe. Its error ends the writing, which another one can take up.
	Report func(ctx context.Context, rows int64) error
	// SaveAlways makes each page safe, instead of as many as come in a second.
	SaveAlways bool

	known progress
}

// Found reads what an export in a directory is of, into of. It reports whether there is one that is not complete.
func Found(dir string, of any) (bool, error) {
	known, err := readProgress(dir)
	if err != nil || known.Of == nil {
		return false, err
	}
	return true, json.Unmarshal(known.Of, of)
}

func readProgress(dir string) (known progress, err error) {
	text, err := os.ReadFile(filepath.Join(dir, ProgressFile))
	if errors.Is(err, os.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return known, err
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return progress{}, nil //nolint:nilerr // what can't be read is begun again
	}
	return known, nil
}

// Write writes the parts, one behind the other, from where an earlier writing ended. It gives the files and the sums over all of them.
func (w *Writing) Write(ctx context.Context, parts []Part) ([]File, []Total, error) {
	if err := os.MkdirAll(w.Dir, 0o700); err != nil {
		return nil, nil, err
	}
	of, err := json.Marshal(w.Of)
	if err != nil {
		return nil, nil, err
	}
	if w.known, err = readProgress(w.Dir); err != nil {
		return nil, nil, err
	}
	if string(w.known.Of) != string(of) {
		w.known = progress{Of: of, Done: []File{}, Totals: []Total{}}
		if err := w.save(); err != nil {
			return nil, nil, err
		}
	}
	for _, part := range parts[len(w.known.Done):] {
		if err := w.part(ctx, part); err != nil {
			return nil, nil, fmt.Errorf("write %s: %w", part.Name, err)
		}
	}
	return w.known.Done, w.known.Totals, nil
}

// End forgets how far the export is, which is complete.
func (w *Writing) End() error {
	err := os.Remove(filepath.Join(w.Dir, ProgressFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// part writes one file.
func (w *Writing) part(ctx context.Context, p Part) (err error) {
	at, file, err := w.resume(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := &counted{hash: at.hash, bytes: at.Bytes, out: bufio.NewWriterSize(file, bufferSize)}
	saved, savedAt := at.Bytes, time.Now()
	for first := at.After == ""; first || at.After != ""; first = false {
		var rows int64
		if at.After, rows, err = p.Next(ctx, out, at.After); err != nil {
			return err
		}
		at.Rows += rows
		last := at.After == ""
		if !last && !w.SaveAlways && out.bytes-saved < saveEvery && time.Since(savedAt) < saveAfter {
			continue
		}
		if !last && p.Whole {
			saved, savedAt = out.bytes, time.Now()
			if err := w.report(ctx, at.Rows); err != nil {
				return err
			}
			continue
		}
		if err := out.safe(file); err != nil {
			return err
		}
		at.Name, at.Bytes, at.SHA256 = p.Name, out.bytes, hex.EncodeToString(out.hash.Sum(nil))
		if err := w.keep(p, at.partProgress, last); err != nil {
			return err
		}
		written := at.Rows
		if last {
			written = 0 // they are those of a file that is done
		}
		if err := w.report(ctx, written); err != nil {
			return err
		}
		saved, savedAt = out.bytes, time.Now()
	}
	return nil
}

// keep notes that a part is safe up to here.
func (w *Writing) keep(p Part, at partProgress, last bool) (err error) {
	if last {
		w.known.Done, w.known.Part = append(w.known.Done, at.File), nil
		if p.Totals != nil {
			w.known.Totals = append(w.known.Totals, p.Totals()...)
		}
		return w.save()
	}
	if p.Memory != nil {
		if at.Memory, err = json.Marshal(p.Memory); err != nil {
			return err
		}
	}
	w.known.Part = &at
	return w.save()
}

// report tells of the rows of the files that are done, and of those of the one that is not.
func (w *Writing) report(ctx context.Context, rows int64) error {
	for _, done := range w.known.Done {
		rows += done.Rows
	}
	if w.Report == nil {
		return nil
	}
	return w.Report(ctx, rows)
}

// resumed is a file that is gone on with.
type resumed struct {
	partProgress
	hash hash.Hash
}

// resume opens the file where it is safe. What is not as it was noted is begun again.
func (w *Writing) resume(p Part) (at resumed, file *os.File, err error) {
	at.hash = sha256.New()
	file, err = os.OpenFile(filepath.Join(w.Dir, p.Name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return at, nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	known := w.known.Part
	if known != nil && known.Name == p.Name && !p.Whole {
		if _, err := io.CopyN(at.hash, file, known.Bytes); err == nil && hex.EncodeToString(at.hash.Sum(nil)) == known.SHA256 {
			at.partProgress = *known
			if err := remember(p, known.Memory); err != nil {
				return at, file, err
			}
		} else {
			at.hash = sha256.New()
		}
	}
	if err := file.Truncate(at.Bytes); err != nil {
		return at, nil, err
	}
	_, err = file.Seek(at.Bytes, io.SeekStart)
	return at, file, err
}

// remember gives a part what it knew.
func remember(p Part, memory json.RawMessage) error {
	if p.Memory == nil {
		return nil
	}
	return json.Unmarshal(memory, p.Memory)
}

// save writes the progress, completely or not at all.
func (w *Writing) save() error {
	text, err := json.Marshal(w.known)
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(w.Dir, ProgressFile), text)
}

// WriteFile writes a file completely or not at all, and safely on disk.
func WriteFile(path string, content []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// counted passes bytes on, counts and hashes them.
type counted struct {
	out   *bufio.Writer
	hash  hash.Hash
	bytes int64
}

func (c *counted) Write(p []byte) (int, error) {
	c.hash.Write(p)
	n, err := c.out.Write(p)
	c.bytes += int64(n)
	return n, err
}

// safe brings all that was written to the disk.
func (c *counted) safe(file *os.File) error {
	if err := c.out.Flush(); err != nil {
		return err
	}
	return file.Sync()
}
