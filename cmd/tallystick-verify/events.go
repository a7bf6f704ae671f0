package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/google/uuid"
)

// chunkBytes is about the size of what one worker hashes at once.
const chunkBytes = 1 << 20

// chunk is a part of the file with what its lines came to.
type chunk struct {
	lines []byte
	done  chan []hashed
}

// readEvents reads a file of events, recomputes the hashes of many side by side, and hands them on in order. It holds a bounded
// part of the file in memory.
func readEvents(path string, ledger uuid.UUID, shown *progress, next func(*hashed) error) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return badAnywhere(whatManifest, "%v", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil {
		shown.begin("events", info.Size())
	}
	workers := runtime.GOMAXPROCS(0)
	work, ordered := make(chan *chunk, workers), make(chan *chunk, 2*workers)
	stop := make(chan struct{})
	defer close(stop)
	failed := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(work)
		failed <- split(file, func(lines []byte) bool {
			c := &chunk{lines: lines, done: make(chan []hashed, 1)}
			select {
			case ordered <- c:
			case <-stop:
				return false
			}
			work <- c
			return true
		})
	}()
	for range workers {
		go func() {
			for c := range work {
				c.done <- hashLines(c.lines, ledger)
			}
		}()
	}
	for c := range ordered {
		events := <-c.done
		for i := range events {
			if err := next(&events[i]); err != nil {
				return err
			}
		}
		shown.add(len(c.lines))
	}
	return <-failed
}

// split cuts a file into chunks of whole lines.
func split(file io.Reader, hand func([]byte) bool) error {
	reader := bufio.NewReaderSize(file, chunkBytes)
	for {
		lines := make([]byte, chunkBytes)
		n, err := io.ReadFull(reader, lines)
		lines = lines[:n]
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return err
		}
		if !ended {
			rest, err := reader.ReadBytes('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			lines = append(lines, rest...)
		}
		if len(lines) > 0 && !hand(lines) || ended {
			return nil
		}
	}
}

// hashLines recomputes the hashes of some events.
func hashLines(lines []byte, ledger uuid.UUID) []hashed {
	events := make([]hashed, 0, bytes.Count(lines, []byte("\n"))+1)
	for line := range bytes.Lines(lines) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var h hashed
		if h.event, h.err = decodeEvent(line); h.err != nil {
			h.err = bad(h.Position, whatLeaf, "the event can't be read: %v", h.err)
		} else if h.leaf, h.same, h.err = h.event.leaf(ledger); h.err != nil {
			h.err = bad(h.Position, whatLeaf, "the event's hashes can't be read: %v", h.err)
		} else if h.same {
			h.erased, h.err = h.checkPrivate()
		}
		events = append(events, h)
	}
	return events
}
