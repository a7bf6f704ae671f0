package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	// logSizeMax is the size from which a start begins a new log and keeps the last one as postgres.log.1.
	logSizeMax = 16 << 20
	// The tail is a part of an error, so it must stay readable.
	tailLinesMax = 5
	tailBytesMax = 4 << 10
)

// openLog opens the file that the postmaster writes to, and returns the place where its lines will begin.
func openLog(l layout, a account) (file *os.File, begin int64, err error) {
	info, err := os.Stat(l.logFile())
	if err == nil && info.Size() > logSizeMax {
		err = os.Rename(l.logFile(), l.logFile()+".1")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("prepare the log of Postgres: %w", err)
	}
	file, err = os.OpenFile(l.logFile(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open the log of Postgres: %w", err)
	}
	begin, err = file.Seek(0, io.SeekEnd)
	if err == nil {
		err = file.Chown(a.uid, a.gid)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("prepare the log of Postgres: %w", err), file.Close())
	}
	return file, begin, nil
}

// withLog adds to an error the last lines that Postgres has logged from begin on.
func withLog(err error, l layout, begin int64) error {
	file, openErr := os.Open(l.logFile())
	if openErr != nil {
		return err
	}
	defer file.Close()
	info, statErr := file.Stat()
	if statErr != nil {
		return err
	}
	begin = max(begin, info.Size()-tailBytesMax)
	text, readErr := io.ReadAll(io.NewSectionReader(file, begin, tailBytesMax))
	if readErr != nil {
		return err
	}
	return withTail(err, text)
}

// withTail adds the last lines of a program's output to its error, in one line.
func withTail(err error, text []byte) error {
	text = text[max(0, len(text)-tailBytesMax):]
	lines := strings.Split(string(bytes.TrimSpace(text)), "\n")
	lines = lines[max(0, len(lines)-tailLinesMax):]
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	if tail := strings.Join(lines, " | "); tail != "" {
		return fmt.Errorf("%w: %s", err, tail)
	}
	return err
}
