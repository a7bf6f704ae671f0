package postgres

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// commandLines returns the arguments of every process. A process that has exited and waits for its parent has none.
func commandLines() (map[int][]string, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	commands := map[int][]string{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err != nil {
			// The process has exited since.
			continue
		}
		for arg := range bytes.SplitSeq(bytes.TrimRight(text, "\x00"), []byte{0}) {
			if len(arg) > 0 {
				commands[pid] = append(commands[pid], string(arg))
			}
		}
	}
	return commands, nil
}
